import { redirect } from '@sveltejs/kit';
import { session } from '$lib/session/session.svelte';
import type { LayoutLoad } from './$types';

export const load: LayoutLoad = async ({ parent, url }) => {
	await parent();
	if (session.setup?.needs_setup) redirect(302, '/setup');
	if (!session.user) {
		const next = url.pathname + url.search;
		redirect(302, next === '/' ? '/login' : `/login?next=${encodeURIComponent(next)}`);
	}
};
