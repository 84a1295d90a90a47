/**
 * A small typed catalogue: Indonesian is the source of the types, English must have the same keys or nothing compiles.
 * Only the language in use is downloaded; switching loads the other one first, so no screen ever shows two.
 */
import type { Locale } from '$lib/api/types';
import type id from './id';
import * as format from './format';

type Loader<M> = () => Promise<{ default: M }>;

/** The same shape with the literal strings widened: what a translation has to provide. */
export type Shape<M> = {
	[K in keyof M]: M[K] extends string
		? string
		: M[K] extends (...args: infer A) => string
			? (...args: A) => string
			: Shape<M[K]>;
};

export class Catalogue<M> {
	#loaders: Record<Locale, Loader<M>>;
	#current = $state.raw<M>();

	constructor(loaders: Record<Locale, Loader<M>>) {
		this.#loaders = loaders;
		all.add(this as Catalogue<unknown>);
	}
	get current(): M {
		if (!this.#current) throw new Error('A catalogue was read before it was loaded.');
		return this.#current;
	}
	async fetch(locale: Locale): Promise<() => void> {
		const messages = (await this.#loaders[locale]()).default;
		return () => (this.#current = messages);
	}
	/** Loads the language in use; screens wait for this before they draw. */
	async ready(): Promise<void> {
		(await this.fetch(i18n.locale))();
	}
}

const all = new Set<Catalogue<unknown>>();

class I18n {
	#locale = $state<Locale>('id');

	get locale(): Locale {
		return this.#locale;
	}
	async use(locale: Locale): Promise<void> {
		const swaps = await Promise.all([...all].map((catalogue) => catalogue.fetch(locale)));
		for (const swap of swaps) swap();
		this.#locale = locale;
		document.documentElement.lang = locale;
		try {
			localStorage.setItem('lumiku.locale', locale);
		} catch {
			// Without storage the account's own language decides at the next visit.
		}
	}
	/** What this browser chose before, or would like, before an account says otherwise. */
	guess(fallback: Locale): Locale {
		try {
			const stored = localStorage.getItem('lumiku.locale');
			if (stored === 'id' || stored === 'en') return stored;
		} catch {
			// Storage may be blocked; the browser's languages still speak.
		}
		for (const language of navigator.languages) {
			if (/^(id|ms|jv|su)\b/.test(language)) return 'id';
			if (/^en\b/.test(language)) return 'en';
		}
		return fallback;
	}
}

export type Messages = Shape<typeof id>;
export const i18n = new I18n();
export const shell = new Catalogue<Messages>({
	id: () => import('./id'),
	en: () => import('./en')
});

/** The shell's words in the language in use. Reactive wherever it is read. */
export const t = (): Messages => shell.current;

/** Facts about media are absent until the media exists. */
type Known = number | null | undefined;

/** The formatters, already told which language is in use. */
export const f = {
	number: (value: number, digits?: number) => format.number(i18n.locale, value, digits),
	percent: (fraction: number) => format.percent(i18n.locale, fraction),
	bigCount: (digits: string) => format.bigCount(i18n.locale, digits),
	rupiah: (amount: number) => format.rupiah(i18n.locale, amount),
	bytes: (size: Known) => format.bytes(i18n.locale, size ?? 0),
	span: (seconds: number) => format.span(i18n.locale, seconds),
	clock: (milliseconds: Known) => format.clock(milliseconds ?? 0),
	date: (iso: string) => format.date(i18n.locale, iso),
	dateTime: (iso: string) => format.dateTime(i18n.locale, iso),
	ago: (iso: string) => format.ago(i18n.locale, iso),
	frameRate: (rational: string | null | undefined) => format.frameRate(i18n.locale, rational ?? '0/1')
};
