/**
 * Runs against a studio that is already up: LUMIKU_URL is its address and LUMIKU_SETUP_URL the one-time link it
 * printed. It is started with LUMIKU_SERVER__TRUSTED_PROXIES=1, so that each test may come from an address of its own.
 * No browser is downloaded; the system's Chromium is used.
 */
import { defineConfig, devices } from '@playwright/test';

const baseURL = process.env.LUMIKU_URL ?? 'http://127.0.0.1:3000';

export default defineConfig({
	testDir: 'e2e',
	outputDir: 'test-results',
	fullyParallel: false,
	workers: 1,
	retries: 0,
	timeout: 120_000,
	expect: { timeout: 15_000 },
	reporter: [['list']],
	use: {
		...devices['Desktop Chrome'],
		baseURL,
		viewport: { width: 1440, height: 900 },
		locale: 'id-ID',
		actionTimeout: 20_000,
		trace: 'retain-on-failure',
		screenshot: 'only-on-failure',
		launchOptions: {
			executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
			args: ['--no-sandbox', '--disable-background-networking', '--disable-component-update']
		}
	},
	projects: [
		{ name: 'first-run', testMatch: 'first-run.spec.ts' },
		{ name: 'studio', testIgnore: 'first-run.spec.ts', dependencies: ['first-run'] }
	]
});
