import { expect, test } from '@playwright/test';
import { readFileSync } from 'node:fs';
import { password, readyCards } from './support/account';
import { namesIn } from './support/zip';

test('a newcomer sets up the studio, presses one button and downloads eight different videos', async ({ page }) => {
	test.setTimeout(300_000);
	const link = process.env.LUMIKU_SETUP_URL;
	test.skip(!link, 'LUMIKU_SETUP_URL is not set: this studio is already set up');

	await page.goto(link ?? '');
	await page.getByLabel('Nama Anda').fill('Dewi Lestari');
	await page.getByLabel('Email').fill('dewi@contoh.id');
	await page.getByLabel('Kata sandi', { exact: true }).fill(password);
	await page.getByRole('button', { name: 'Buat akun pertama' }).click();

	await expect(page.getByRole('heading', { level: 1 })).toContainText('Dewi Lestari');
	const card = page.getByRole('region', { name: 'Coba contoh: 8 video dalam satu menit' });
	await expect(card.getByText(/8 video · ±.+ · ±.+ · \d+ kredit \(Rp/)).toBeVisible();
	await card.getByRole('button', { name: 'Buat 8 video contoh' }).click();

	await expect(page).toHaveURL(/\/apps\/video-mixer\/[0-9a-f-]{36}\?run=[0-9a-f-]{36}/);
	await expect(readyCards(page)).toHaveCount(8, { timeout: 240_000 });

	await readyCards(page).first().click();
	const video = page.locator('[role="dialog"] video');
	await expect.poll(() => video.evaluate((v: HTMLVideoElement) => v.currentTime)).toBeGreaterThan(0.1);
	await page.keyboard.press('a');
	await page.keyboard.press('4');
	await page.keyboard.press('Escape');
	await expect(page.getByRole('link', { name: 'Unduh yang disetujui (ZIP)' })).toBeVisible();

	const waiting = page.waitForEvent('download');
	await page.getByRole('link', { name: 'Unduh semua (ZIP)' }).click();
	const download = await waiting;
	const bytes = readFileSync((await download.path()) ?? '');
	const videos = namesIn(bytes).filter((name) => name.endsWith('.mp4'));
	expect(new Set(videos).size).toBe(8);
	expect([...videos].sort(), 'names sort in posting order').toEqual(videos);
});
