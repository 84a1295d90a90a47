/** Who is here and what this studio offers: read once at the start, changed only by the calls below. */
import { api, ApiError, ok } from '$lib/api/client';
import type { Locale, Manifest, SetupState, Theme, User } from '$lib/api/types';
import { i18n } from '$lib/i18n/index.svelte';
import { theme } from './theme.svelte';

class Session {
	setup = $state.raw<SetupState | null>(null);
	user = $state.raw<User | null>(null);
	apps = $state.raw<Manifest[]>([]);

	/** With billing off, no word about credits appears anywhere. */
	get billing(): boolean {
		return this.setup?.billing ?? false;
	}
	app(id: string): Manifest | undefined {
		return this.apps.find((a) => a.id === id);
	}
	async start(): Promise<void> {
		const [setup, user] = await Promise.all([ok(api.GET('/api/v1/setup-state')), this.#me()]);
		this.setup = setup;
		if (user) await this.enter(user);
		else await i18n.use(i18n.guess('id'));
	}
	async #me(): Promise<User | null> {
		try {
			return await ok(api.GET('/api/v1/me'));
		} catch (cause) {
			if (cause instanceof ApiError && cause.status === 401) return null;
			throw cause;
		}
	}
	/** Takes over an account after log-in, set-up or a refresh. */
	async enter(user: User): Promise<void> {
		const [apps] = await Promise.all([ok(api.GET('/api/v1/apps')), i18n.use(user.locale)]);
		theme.set(user.theme);
		this.apps = apps.items;
		if (this.setup?.needs_setup) this.setup = { ...this.setup, needs_setup: false };
		this.user = user;
	}
	async logout(): Promise<void> {
		await ok(api.POST('/api/v1/auth/logout'));
		this.user = null;
		this.apps = [];
	}
	async rename(name: string): Promise<void> {
		this.user = await ok(api.PATCH('/api/v1/me', { body: { name } }));
	}
	async useLocale(locale: Locale): Promise<void> {
		await i18n.use(locale);
		if (this.user) this.user = await ok(api.PATCH('/api/v1/me', { body: { locale } }));
	}
	async useTheme(choice: Theme): Promise<void> {
		theme.set(choice);
		if (this.user) this.user = await ok(api.PATCH('/api/v1/me', { body: { theme: choice } }));
	}
}
export const session = new Session();
