/** Every test gets an account of its own, with its own hundred credits, so that none depends on another's order. */
import { test as base, expect, type Page } from '@playwright/test';
import { randomInt, randomUUID } from 'node:crypto';

export const password = 'kalimat panjang yang mudah diingat';

async function register(page: Page, baseURL: string): Promise<void> {
	const answer = await page.request.post('/api/v1/auth/register', {
		headers: { Origin: baseURL },
		data: { email: `uji-${randomUUID()}@contoh.id`, password, name: 'Dewi' }
	});
	expect(answer.status(), await answer.text()).toBe(201);
}

export const test = base.extend<{ studio: Page }>({
	studio: async ({ page, baseURL, context }, use) => {
		// Few may register from one address in an hour. The studio under test stands behind one trusted proxy
		// (LUMIKU_SERVER__TRUSTED_PROXIES=1), and every test comes from an address of its own.
		const address = ['10', randomInt(256), randomInt(256), randomInt(1, 255)].join('.');
		await context.setExtraHTTPHeaders({ 'X-Forwarded-For': address });
		await register(page, baseURL ?? '');
		await use(page);
	}
});
export { expect };

/** Makes the sample project over HTTP and opens its page. */
export async function openSample(page: Page, baseURL: string): Promise<string> {
	const answer = await page.request.post('/api/v1/apps/video-mixer/sample', { headers: { Origin: baseURL } });
	expect(answer.status(), await answer.text()).toBe(201);
	const { id } = (await answer.json()) as { id: string };
	await page.goto(`/apps/video-mixer/${id}`);
	return id;
}

export const makeButton = (page: Page, count: number) =>
	page.getByRole('region', { name: 'Ringkasan dan tombol buat' }).getByRole('button', { name: `Buat ${count} video`, exact: true });

/** Cards that have become videos. */
export const readyCards = (page: Page) => page.locator('[data-output] [data-focus]');
