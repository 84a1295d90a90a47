import { error } from '@sveltejs/kit';
import { asApiError } from '$lib/api/client';
import { explainProblem } from '$lib/i18n/explain';
import { i18n } from '$lib/i18n/index.svelte';
import { session } from '$lib/session/session.svelte';
import { theme } from '$lib/session/theme.svelte';
import type { LayoutLoad } from './$types';

export const ssr = false;
export const prerender = false;

let started = false;

export const load: LayoutLoad = async () => {
	if (started) return;
	theme.start();
	try {
		await session.start();
		started = true;
	} catch (cause) {
		await i18n.use(i18n.guess('id'));
		const { problem } = asApiError(cause);
		error(problem.status >= 400 ? problem.status : 503, {
			message: explainProblem(problem),
			code: problem.code,
			requestId: problem.request_id
		});
	}
};
