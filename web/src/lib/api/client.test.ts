import { afterEach, describe, expect, it, vi } from 'vitest';
import en from '$lib/i18n/en';
import { explain, explainAlso, explainField } from '$lib/i18n/explain';
import { shell } from '$lib/i18n/index.svelte';
import { api, ApiError, ok, whenUnauthorised } from './client';

const answer = (status: number, body: unknown, type = 'application/problem+json') =>
	vi.stubGlobal('fetch', () =>
		Promise.resolve(
			new Response(typeof body === 'string' ? body : JSON.stringify(body), {
				status,
				headers: { 'content-type': type, 'x-request-id': 'req-7' }
			})
		)
	);
// In the browser calls are relative to the page; here there is none.
const call = () => ok(api.GET('/api/v1/me', { baseUrl: 'http://studio.test' }));
const failure = async () => call().then(() => null, (cause: unknown) => cause as ApiError);

afterEach(() => {
	vi.unstubAllGlobals();
	whenUnauthorised(() => {});
});

describe('a call', () => {
	it('returns its data', async () => {
		answer(200, { id: '1' }, 'application/json');
		expect(await call()).toEqual({ id: '1' });
	});
	it('fails with the server’s problem, its facts and the id to quote', async () => {
		answer(402, { status: 402, code: 'credits.insufficient', required: 48, available: 20 });
		const error = await failure();
		expect(error).toBeInstanceOf(ApiError);
		expect(error?.problem).toMatchObject({ code: 'credits.insufficient', required: 48, request_id: 'req-7' });
	});
	it('tells an unreachable server from a refusing one', async () => {
		vi.stubGlobal('fetch', () => Promise.reject(new TypeError('failed to fetch')));
		expect((await failure())?.code).toBe('network.offline');
		answer(502, '<html>bad gateway</html>', 'text/html');
		expect((await failure())?.code).toBe('server.unavailable');
	});
	it('notices a lost session, but not a wrong password', async () => {
		const lost = vi.fn();
		whenUnauthorised(lost);
		answer(401, { status: 401, code: 'auth.wrong_credentials' });
		await failure();
		expect(lost).not.toHaveBeenCalled();
		answer(401, { status: 401, code: 'auth.sign_in_first' });
		await failure();
		expect(lost).toHaveBeenCalledOnce();
	});
});

describe('a problem in words', () => {
	const problem = (code: string, more: object = {}) => new ApiError({ status: 422, code, ...more });

	it('is translated by code, with its facts', async () => {
		(await shell.fetch('en'))();
		expect(explain(problem('credits.insufficient', { required: 48, available: 20 }))).toContain('48 needed, 20 available');
	});
	it('falls back to the server’s sentence for a code that is new', () => {
		expect(explain(problem('later.invention', { detail: 'The moon is full. Wait.' }))).toBe('The moon is full. Wait.');
		expect(explain(problem('later.invention'))).toBe(en.errors['ui.unexpected']);
	});
	it('uses the sentences an app brings', () => {
		explainAlso(() => ({ 'some-app.group_empty': 'A group is empty.' }));
		expect(explain(problem('some-app.group_empty'))).toBe('A group is empty.');
	});
	it('finds the sentence for one field', () => {
		const error = problem('request.invalid', { errors: [{ field: 'email', code: 'auth.email_taken', message: 'x' }] });
		expect(explainField(error, 'email')).toContain('already has an account');
		expect(explainField(error, 'name')).toBeUndefined();
	});
});
