import { sveltekit } from '@sveltejs/kit/vite';
import tailwindcss from '@tailwindcss/vite';
import { defineConfig } from 'vitest/config';

const server = process.env.LUMIKU_URL ?? 'http://127.0.0.1:3000';

export default defineConfig({
	plugins: [tailwindcss(), sveltekit()],
	resolve: {
		// Screens under apps/*/web have no node_modules of their own: they use the shell's.
		dedupe: ['svelte', 'vitest'],
		...(process.env.VITEST ? { conditions: ['browser'] } : {})
	},
	server: {
		fs: { allow: ['..'] },
		proxy: { '/api': server, '/health': server }
	},
	preview: { proxy: { '/api': server, '/health': server } },
	build: { target: 'es2022', chunkSizeWarningLimit: 600 },
	test: {
		environment: 'jsdom',
		include: ['src/**/*.test.ts', '../apps/*/web/**/*.test.ts']
	}
});
