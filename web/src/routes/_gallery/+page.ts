import { error } from '@sveltejs/kit';
import type { PageLoad } from './$types';

/** Development only: the condition is a constant, so a build carries none of the gallery's code. */
export const load: PageLoad = async () => {
	const Gallery = import.meta.env.DEV ? (await import('./Gallery.svelte')).default : null;
	if (!Gallery) error(404, { message: 'Not found' });
	return { Gallery };
};
