import adapter from '@sveltejs/adapter-static';
import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';

/** @type {import('@sveltejs/kit').Config} */
export default {
	preprocess: vitePreprocess(),
	compilerOptions: { runes: true },
	kit: {
		// One page for every address: the Rust binary embeds `build/` and answers unknown paths with it.
		adapter: adapter({ pages: 'build', assets: 'build', fallback: 'index.html', precompress: true }),
		alias: { $apps: '../apps' },
		csp: {
			mode: 'hash',
			directives: {
				'default-src': ['self'],
				'script-src': ['self'],
				// Svelte writes style attributes (grid columns, progress widths); no style comes from users.
				'style-src': ['self', 'unsafe-inline'],
				'img-src': ['self', 'data:', 'blob:'],
				'media-src': ['self', 'blob:'],
				'font-src': ['self'],
				'connect-src': ['self'],
				'object-src': ['none'],
				'base-uri': ['none'],
				'form-action': ['self']
			}
		},
		version: { pollInterval: 0 },
		typescript: {
			// The screens of each app live beside its crate; they are checked with the shell they run in.
			config: (config) => {
				config.include.push('../../apps/*/web/**/*.ts', '../../apps/*/web/**/*.svelte');
				config.compilerOptions.paths['svelte'] = ['../node_modules/svelte/types/index.d.ts'];
				config.compilerOptions.paths['svelte/elements'] = ['../node_modules/svelte/elements.d.ts'];
				config.compilerOptions.paths['svelte/*'] = ['../node_modules/svelte/types/index.d.ts'];
				config.compilerOptions.paths['vitest'] = ['../node_modules/vitest/dist/index.d.ts'];
				return config;
			}
		}
	}
};
