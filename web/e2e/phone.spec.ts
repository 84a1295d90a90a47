import { expect, makeButton, openSample, readyCards, test } from './support/account';

test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });

test('on a phone a run is made, reviewed and downloaded', async ({ studio: page, baseURL }) => {
	test.setTimeout(240_000);
	await openSample(page, baseURL ?? '');
	await page.getByRole('tab', { name: 'Resep' }).tap();
	await page.getByRole('radio', { name: /480p/ }).tap();
	await makeButton(page, 8).tap();
	await expect(page.getByRole('tab', { name: 'Hasil' })).toHaveAttribute('aria-selected', 'true');
	await expect(readyCards(page)).toHaveCount(8, { timeout: 200_000 });
	await readyCards(page).first().tap();
	await page.getByRole('dialog').getByRole('button', { name: 'Setujui' }).tap();
	await page.getByRole('dialog').getByRole('button', { name: 'Tutup' }).tap();
	const waiting = page.waitForEvent('download');
	await page.getByRole('link', { name: 'Unduh yang disetujui (ZIP)' }).tap();
	expect((await waiting).suggestedFilename()).toMatch(/\.zip$/);

	const small = await page.evaluate(() =>
		[...document.querySelectorAll<HTMLElement>('button, a[href], [role="tab"], select')]
			.filter((e) => e.offsetParent !== null && !e.classList.contains('sr-only'))
			.map((e) => ({ name: e.getAttribute('aria-label') ?? e.textContent?.trim(), box: e.getBoundingClientRect() }))
			.filter(({ box }) => box.height > 0 && box.height < 24)
			.map(({ name, box }) => `${name} ${Math.round(box.height)} px high`)
	);
	expect(small).toEqual([]);
});
