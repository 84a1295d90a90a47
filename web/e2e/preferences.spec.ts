import { expect, test } from './support/account';

test('language and theme switch at once and are remembered', async ({ studio: page }) => {
	await page.goto('/');
	await expect(page.locator('html')).toHaveAttribute('lang', 'id');
	await page.getByRole('button', { name: /^Akun/ }).click();
	await page.getByRole('menuitemcheckbox', { name: 'English' }).click();
	await expect(page.getByRole('link', { name: 'My Work' }).first()).toBeVisible();
	await expect(page.locator('html')).toHaveAttribute('lang', 'en');

	await page.keyboard.press('Control+k');
	await expect(page.getByRole('combobox')).toBeFocused();
	await page.keyboard.type('dark');
	await page.keyboard.press('Enter');
	await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
	await page.reload();
	await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
	await expect(page.getByRole('link', { name: 'My Work' }).first()).toBeVisible();
});

test('the shortcut list opens with a question mark, but not while typing', async ({ studio: page }) => {
	await page.goto('/works');
	await page.getByRole('searchbox').fill('');
	await page.getByRole('searchbox').press('?');
	await expect(page.getByRole('dialog')).toHaveCount(0);
	await page.getByRole('heading', { level: 1 }).click();
	await page.keyboard.press('?');
	await expect(page.getByRole('dialog', { name: 'Pintasan papan ketik' })).toBeVisible();
});

test('a wrong password is explained and a stranger is asked to log in', async ({ page }) => {
	await page.goto('/works');
	await expect(page).toHaveURL(/\/login\?next=%2Fworks/);
	await page.getByLabel('Email').fill('tidak-ada@contoh.id');
	await page.getByLabel('Kata sandi', { exact: true }).fill('bukan kata sandinya');
	await page.getByRole('button', { name: 'Masuk' }).click();
	await expect(page.getByText('Email atau kata sandi tidak cocok.')).toBeVisible();
});
