/**
 * The tools this bundle knows how to draw. A tool is shown only when the server lists it too; its screens are
 * downloaded when they are first opened, its card (icon and one sentence) comes with the shell.
 */
import type { Component } from 'svelte';
import type { Locale, Manifest } from '$lib/api/types';
import type { Catalogue } from '$lib/i18n/index.svelte';
import { explainAlso, type Explanation } from '$lib/i18n/explain';

export interface AppCard {
	id: string;
	icon: Component<{ size?: number | string; class?: string }>;
	/** One sentence for the dashboard, in every language. */
	summary: Record<Locale, string>;
}

export interface AppPageProps {
	/** What the route's pattern captured, in order. */
	args: string[];
}
export interface AppModule {
	id: string;
	catalogue: Catalogue<unknown>;
	/** Sentences for the tool's own problem codes. */
	errors: () => Record<string, Explanation>;
	routes: { path: RegExp; load: () => Promise<{ default: Component<AppPageProps> }> }[];
}

/** A limit the server names, or the usual one when it is silent. */
export function limitOf(manifest: Manifest | undefined, id: string, usual: number): number {
	return manifest?.limits.find((limit) => limit.id === id)?.value ?? usual;
}

const cardFiles = import.meta.glob<{ default: AppCard }>('../../../../apps/*/web/card.ts', { eager: true });
const moduleFiles = import.meta.glob<{ default: AppModule }>('../../../../apps/*/web/app.ts');

export const cards: Record<string, AppCard> = Object.fromEntries(
	Object.values(cardFiles).map((file) => [file.default.id, file.default])
);

export async function loadApp(id: string): Promise<AppModule | null> {
	const path = Object.keys(moduleFiles).find((key) => key.endsWith(`/apps/${id}/web/app.ts`));
	const load = path ? moduleFiles[path] : undefined;
	if (!load) return null;
	const app = (await load()).default;
	await app.catalogue.ready();
	explainAlso(app.errors);
	return app;
}
