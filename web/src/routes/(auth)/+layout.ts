import { redirect } from '@sveltejs/kit';
import { session } from '$lib/session/session.svelte';
import type { LayoutLoad } from './$types';

/** Whoever is already in has no business here; whoever is first must set up before logging in. */
export const load: LayoutLoad = async ({ parent, url }) => {
	await parent();
	if (session.user) redirect(302, '/');
	if (session.setup?.needs_setup && url.pathname !== '/setup') redirect(302, '/setup');
};
