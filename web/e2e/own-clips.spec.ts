import { clip, drop } from './support/clips';
import { expect, makeButton, readyCards, test } from './support/account';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

test('clips dropped anywhere are uploaded, a text file is refused with its reason, and a run is made from them', async ({ studio: page }) => {
	test.setTimeout(240_000);
	await page.goto('/apps/video-mixer');
	await page.getByRole('button', { name: 'Proyek baru' }).first().click();
	await expect(page.getByText('Letakkan klipmu di sini')).toBeVisible();
	await expect(page.getByText('Belum ada klip.', { exact: false })).toBeVisible();

	const fake = join(tmpdir(), 'bukan-video.mp4');
	writeFileSync(fake, 'ini hanya teks, bukan video\n'.repeat(40));
	await drop(page, [clip('satu', '320x568', 0), clip('dua', '640x360', 90), clip('tiga', '480x480', 200), fake]);

	for (const name of ['satu', 'dua', 'tiga']) {
		await expect(page.locator('[data-clip]').filter({ hasText: name })).toBeVisible({ timeout: 60_000 });
	}
	await expect(page.getByText('Isi berkas ini bukan video', { exact: false })).toBeVisible();
	await expect(page.locator('[data-clip]')).toHaveCount(3);

	const less = page.getByRole('button', { name: 'Kurangi' });
	for (let n = 8; n > 3; n -= 1) await less.first().click();
	await makeButton(page, 3).click();
	await expect(readyCards(page)).toHaveCount(3, { timeout: 180_000 });
});

test('clips move between groups by mouse and by keyboard', async ({ studio: page }) => {
	await page.goto('/apps/video-mixer');
	await page.getByRole('button', { name: 'Proyek baru' }).first().click();
	await drop(page, [clip('satu', '320x568', 0), clip('dua', '640x360', 90)]);
	await expect(page.locator('[data-clip]')).toHaveCount(2, { timeout: 60_000 });
	await page.getByRole('button', { name: 'Grup baru' }).click();
	const hook = page.getByRole('region', { name: 'Hook' });
	await expect(hook).toBeVisible();

	const card = page.locator('[data-clip]').filter({ hasText: 'satu' });
	const from = await card.boundingBox();
	const to = await hook.boundingBox();
	if (!from || !to) throw new Error('nothing to drag');
	await page.mouse.move(from.x + 40, from.y + 40);
	await page.mouse.down();
	await page.mouse.move(to.x + to.width / 2, to.y + 90, { steps: 8 });
	await page.mouse.up();
	await expect(hook.locator('[data-clip]')).toHaveCount(1);

	await page.getByRole('button', { name: 'Menu dua.mp4' }).focus();
	await page.keyboard.press('Enter');
	await page.getByRole('menuitemcheckbox', { name: 'Hook' }).press('Enter');
	await expect(hook.locator('[data-clip]')).toHaveCount(2);

	await page.reload();
	await expect(page.getByRole('region', { name: 'Hook' }).locator('[data-clip]')).toHaveCount(2);
});
