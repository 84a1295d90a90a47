/** The mixer's projects: made, renamed, copied and thrown away with a way back. */
import { api, ok } from '$lib/api/client';
import type { Project } from '$lib/api/types';
import { toasts } from '$lib/ui/toast.svelte';
import { mt } from '../messages';

const path = { app: 'video-mixer' };

export class ProjectList {
	items = $state.raw<Project[] | null>(null);
	failure = $state.raw<unknown>(null);
	more = $state(false);
	#cursor: string | null = null;

	async load(): Promise<void> {
		this.#cursor = null;
		await this.#fetch([]);
	}
	next(): Promise<void> {
		return this.#fetch(this.items ?? []);
	}
	async #fetch(before: Project[]): Promise<void> {
		try {
			const query = { cursor: this.#cursor ?? undefined };
			const page = await ok(api.GET('/api/v1/apps/{app}/projects', { params: { path, query } }));
			this.items = [...before, ...page.items];
			this.#cursor = page.next_cursor ?? null;
			this.more = this.#cursor !== null;
			this.failure = null;
		} catch (cause) {
			if (this.items) toasts.failed(cause);
			else this.failure = cause;
		}
	}
	async create(): Promise<Project | null> {
		const name = mt().projects.newName({ n: (this.items?.length ?? 0) + 1 });
		return this.#try(() => ok(api.POST('/api/v1/apps/{app}/projects', { params: { path }, body: { name } })));
	}
	async sample(): Promise<Project | null> {
		return this.#try(() => ok(api.POST('/api/v1/apps/{app}/sample', { params: { path } })));
	}
	async rename(project: Project, name: string): Promise<void> {
		const params = { path: { ...path, id: project.id } };
		const after = await this.#try(() =>
			ok(api.PATCH('/api/v1/apps/{app}/projects/{id}', { params, body: { name } }))
		);
		if (after) this.items = this.items?.map((p) => (p.id === after.id ? after : p)) ?? null;
	}
	async duplicate(project: Project): Promise<void> {
		const params = { path: { ...path, id: project.id } };
		const copy = await this.#try(() =>
			ok(api.POST('/api/v1/apps/{app}/projects/{id}/duplicate', { params }))
		);
		if (copy) this.items = [copy, ...(this.items ?? [])];
	}
	async remove(project: Project): Promise<void> {
		const before = this.items;
		const params = { path: { ...path, id: project.id } };
		this.items = before?.filter((p) => p.id !== project.id) ?? null;
		try {
			await ok(api.DELETE('/api/v1/apps/{app}/projects/{id}', { params }));
			toasts.undo(mt().projects.deleted({ name: project.name }), async () => {
				await ok(api.POST('/api/v1/apps/{app}/projects/{id}/restore', { params }));
				await this.load();
			});
		} catch (cause) {
			this.items = before;
			toasts.failed(cause);
		}
	}
	async #try<T>(call: () => Promise<T>): Promise<T | null> {
		try {
			return await call();
		} catch (cause) {
			toasts.failed(cause);
			return null;
		}
	}
}
