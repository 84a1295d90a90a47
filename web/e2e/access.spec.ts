import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, makeButton, openSample, readyCards, test } from './support/account';

async function axe(page: Page, where: string) {
	const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']).analyze();
	const found = violations.map((v) => `${where}: ${v.id} ${v.nodes.map((n) => `${n.target.join(' ')} (${n.any[0]?.message ?? ''})`).join(' | ')}`);
	expect(found).toEqual([]);
}
async function wide(page: Page) {
	const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
	expect(over, `${page.url()} scrolls sideways`).toBeLessThanOrEqual(0);
}

for (const theme of ['light', 'dark'] as const) {
	for (const [device, viewport] of Object.entries({ desktop: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } })) {
		test(`every page passes axe in ${theme} on a ${device}`, async ({ studio: page, baseURL }) => {
			test.setTimeout(240_000);
			await page.setViewportSize(viewport);
			await page.request.patch('/api/v1/me', { headers: { Origin: baseURL ?? '' }, data: { theme } });
			await page.emulateMedia({ reducedMotion: 'reduce' });
			for (const path of ['/', '/works', '/credits', '/settings', '/apps/video-mixer']) {
				await page.goto(path);
				await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
				await expect(page.locator('[aria-busy="true"]')).toHaveCount(0);
				await axe(page, path);
				await wide(page);
			}
			await openSample(page, baseURL ?? '');
			await expect(makeButton(page, 8)).toBeEnabled();
			await axe(page, 'material');
			if (device === 'phone') {
				await page.getByRole('tab', { name: 'Resep' }).click();
				await axe(page, 'recipe');
			}
			await wide(page);
			await makeButton(page, 8).click();
			await expect(readyCards(page)).toHaveCount(8, { timeout: 200_000 });
			await axe(page, 'results');
			await readyCards(page).first().click();
			await expect(page.getByRole('dialog')).toBeVisible();
			await axe(page, 'player');
			await wide(page);
		});
	}
	test(`the sign-in pages pass axe in ${theme}`, async ({ page }) => {
		await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
		for (const path of ['/login', '/register']) {
			await page.goto(path);
			await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
			await axe(page, path);
		}
	});
}
