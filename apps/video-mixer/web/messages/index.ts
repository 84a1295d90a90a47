import { Catalogue, type Shape } from '$lib/i18n/index.svelte';
import type id from './id';

export type MixerMessages = Shape<typeof id>;
export const catalogue = new Catalogue<MixerMessages>({ id: () => import('./id'), en: () => import('./en') });
/** The mixer's words in the language in use. */
export const mt = (): MixerMessages => catalogue.current;
