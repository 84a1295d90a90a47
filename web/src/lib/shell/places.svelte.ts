/** The pages of the shell, listed once for the rail, the bottom bar and the palette. */
import type { Component } from 'svelte';
import Coins from '@lucide/svelte/icons/coins';
import House from '@lucide/svelte/icons/house';
import LibraryBig from '@lucide/svelte/icons/library-big';
import Settings from '@lucide/svelte/icons/settings';
import { cards } from '$lib/apps/registry';
import { t } from '$lib/i18n/index.svelte';
import { session } from '$lib/session/session.svelte';

export interface Place {
	href: string;
	label: string;
	icon: Component<{ size?: number | string; class?: string }>;
	hue?: number;
}

export const home = (): Place => ({ href: '/', label: t().nav.dashboard, icon: House });
export const works = (): Place => ({ href: '/works', label: t().nav.works, icon: LibraryBig });
export const creditPage = (): Place => ({ href: '/credits', label: t().nav.credits, icon: Coins });
export const settings = (): Place => ({ href: '/settings', label: t().nav.settings, icon: Settings });

/** Only what the server offers and this bundle can draw. */
export function appPlaces(): Place[] {
	return session.apps.flatMap((app) => {
		const card = cards[app.id];
		return card ? [{ href: `/apps/${app.id}`, label: app.name, icon: card.icon, hue: app.hue }] : [];
	});
}

export function isCurrent(href: string, path: string): boolean {
	return href === '/' ? path === '/' : path === href || path.startsWith(`${href}/`);
}
