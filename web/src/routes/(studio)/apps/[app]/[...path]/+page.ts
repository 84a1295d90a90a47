import { error } from '@sveltejs/kit';
import { loadApp } from '$lib/apps/registry';
import { t } from '$lib/i18n/index.svelte';
import { session } from '$lib/session/session.svelte';
import type { PageLoad } from './$types';

/** Hands the rest of the address to the tool's own routes; its code is downloaded here and not before. */
export const load: PageLoad = async ({ params, parent }) => {
	await parent();
	const app = session.app(params.app) ? await loadApp(params.app) : null;
	for (const route of app?.routes ?? []) {
		const match = route.path.exec(params.path);
		if (match) return { Page: (await route.load()).default, args: match.slice(1), key: `${params.app}/${params.path}` };
	}
	error(404, { message: t().notFound.title });
};
