import { expect, makeButton, openSample, readyCards, test } from './support/account';

test('a second tab and a refresh show the same run going on', async ({ studio: page, baseURL, context }) => {
	test.setTimeout(240_000);
	await openSample(page, baseURL ?? '');
	await makeButton(page, 8).click();
	await expect(page).toHaveURL(/run=[0-9a-f-]{36}/);

	const other = await context.newPage();
	await other.goto(page.url());
	await expect(other.locator('[data-output]')).toHaveCount(8);
	await page.reload();
	await expect(page.locator('[data-output]')).toHaveCount(8);

	await expect(readyCards(page)).toHaveCount(8, { timeout: 200_000 });
	await expect(readyCards(other)).toHaveCount(8);
	await other.goto('/works');
	await expect(other.getByText('8 video', { exact: false }).first()).toBeVisible();
});

test('a cancelled run gives its credits back', async ({ studio: page, baseURL }) => {
	await openSample(page, baseURL ?? '');
	const pill = page.getByRole('link', { name: /kredit tersedia/ });
	await expect(pill).toHaveAccessibleName(/100 kredit tersedia, 0 ditahan/);
	await makeButton(page, 8).click();
	await page.getByRole('button', { name: 'Batalkan', exact: true }).click();
	await expect(pill).toHaveAccessibleName(/, 0 ditahan/);
	await expect(page.locator('[data-output]').getByText('Dibatalkan').first()).toBeVisible();
});

test('settings save themselves, come back after a refresh, and can be undone', async ({ studio: page, baseURL }) => {
	await openSample(page, baseURL ?? '');
	await page.getByRole('radio', { name: /1080p/ }).click();
	await expect(page.getByText('Tersimpan').first()).toBeVisible();
	await expect(page.getByText('Menyimpan…')).toHaveCount(0);
	await page.reload();
	await expect(page.getByRole('radio', { name: /1080p/ })).toBeChecked();
	await page.getByRole('radio', { name: /480p/ }).click();
	await page.getByRole('button', { name: 'Urungkan' }).click();
	await expect(page.getByRole('radio', { name: /1080p/ })).toBeChecked();
});
