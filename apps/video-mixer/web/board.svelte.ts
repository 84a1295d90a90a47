/** The material of one project: groups and clips, changed here at once and on the server right after. */
import { api, ok } from '$lib/api/client';
import type { Asset, Group } from '$lib/api/types';
import { toasts } from '$lib/ui/toast.svelte';
import { arrangementOf, assetsOf, columnsOf, moveClip, placeOf, type Column } from './arrangement';
import { mt } from './messages';
import { hueFor } from './settings';

export class Board {
	groups = $state.raw<Group[]>([]);
	assets = $state.raw<Asset[]>([]);
	loaded = $state(false);
	failure = $state.raw<unknown>(null);
	announcement = $state('');
	readonly columns = $derived(columnsOf(this.groups, this.assets));
	readonly clipCount = $derived(this.assets.length);

	#id: string;
	#onchange: () => void;

	constructor(projectId: string, onchange: () => void) {
		this.#id = projectId;
		this.#onchange = onchange;
	}
	get #path() {
		return { path: { id: this.#id } };
	}
	async load(): Promise<void> {
		try {
			const query = { project_id: this.#id, limit: 200 };
			const [groups, assets] = await Promise.all([
				ok(api.GET('/api/v1/apps/video-mixer/projects/{id}/groups', { params: this.#path })),
				ok(api.GET('/api/v1/assets', { params: { query } }))
			]);
			this.groups = groups.items;
			this.assets = assets.items;
			this.failure = null;
			this.loaded = true;
		} catch (cause) {
			if (!this.loaded) this.failure = cause;
		}
	}
	async reload(): Promise<void> {
		await this.load();
		this.#onchange();
	}
	async addGroup(name?: string): Promise<Group | null> {
		const taken = new Set(this.groups.map((g) => g.name.toLocaleLowerCase()));
		const suggestion = mt().material.nextNames.find((n) => !taken.has(n.toLocaleLowerCase()));
		const body = {
			name: name ?? suggestion ?? mt().material.groupN({ n: this.groups.length + 1 }),
			hue: hueFor(this.groups.length)
		};
		try {
			const group = await ok(
				api.POST('/api/v1/apps/video-mixer/projects/{id}/groups', { params: this.#path, body })
			);
			this.groups = [...this.groups, group];
			this.#onchange();
			return group;
		} catch (cause) {
			toasts.failed(cause);
			return null;
		}
	}
	async changeGroup(group: Group, change: Partial<Pick<Group, 'name' | 'hue' | 'position'>>): Promise<void> {
		const before = this.groups;
		this.groups = before.map((g) => (g.id === group.id ? { ...g, ...change } : g));
		try {
			const params = { path: { id: this.#id, group_id: group.id } };
			await ok(
				api.PATCH('/api/v1/apps/video-mixer/projects/{id}/groups/{group_id}', { params, body: change })
			);
			if (change.position !== undefined) await this.reload();
		} catch (cause) {
			this.groups = before;
			toasts.failed(cause);
		}
	}
	/** The clips stay; Undo makes the group again where it was and puts them back into it. */
	async removeGroup(group: Group): Promise<void> {
		const clips = this.assets.filter((a) => a.group_id === group.id).map((a) => a.id);
		try {
			const params = { path: { id: this.#id, group_id: group.id } };
			await ok(api.DELETE('/api/v1/apps/video-mixer/projects/{id}/groups/{group_id}', { params }));
			await this.reload();
			toasts.undo(mt().material.groupDeleted({ name: group.name }), async () => {
				const again = await this.addGroup(group.name);
				if (!again) return;
				await this.changeGroup(again, { hue: group.hue, position: group.position });
				let columns = this.columns;
				clips.forEach((id, index) => (columns = moveClip(columns, id, again.id, index)));
				await this.#arrange(columns);
			});
		} catch (cause) {
			toasts.failed(cause);
		}
	}
	async move(clipId: string, groupId: string | null, index: number): Promise<void> {
		const before = placeOf(this.columns, clipId);
		if (!before || (before.column.group?.id === groupId && before.index === index)) return;
		await this.#arrange(moveClip(this.columns, clipId, groupId, index));
		const after = placeOf(this.columns, clipId);
		if (!after) return;
		const group = after.column.group?.name ?? mt().material.ungrouped;
		const clip = after.column.clips[after.index]?.name ?? '';
		this.announcement = mt().material.moved({ clip, group, n: after.index + 1 });
	}
	async #arrange(columns: Column[]): Promise<void> {
		const before = this.assets;
		this.assets = assetsOf(columns);
		try {
			const body = arrangementOf(columns);
			await ok(
				api.PUT('/api/v1/apps/video-mixer/projects/{id}/arrangement', { params: this.#path, body })
			);
			this.#onchange();
		} catch (cause) {
			this.assets = before;
			toasts.failed(cause);
		}
	}
	async renameClip(clip: Asset, name: string): Promise<void> {
		const before = this.assets;
		this.assets = before.map((a) => (a.id === clip.id ? { ...a, name } : a));
		try {
			await ok(api.PATCH('/api/v1/assets/{id}', { params: { path: { id: clip.id } }, body: { name } }));
		} catch (cause) {
			this.assets = before;
			toasts.failed(cause);
		}
	}
	async removeClip(clip: Asset): Promise<void> {
		const before = this.assets;
		const params = { path: { id: clip.id } };
		this.assets = before.filter((a) => a.id !== clip.id);
		try {
			await ok(api.DELETE('/api/v1/assets/{id}', { params }));
			this.#onchange();
			toasts.undo(mt().material.clipDeleted({ name: clip.name }), async () => {
				await ok(api.POST('/api/v1/assets/{id}/restore', { params }));
				await this.reload();
			});
		} catch (cause) {
			this.assets = before;
			toasts.failed(cause);
		}
	}
	/** An upload has become a clip: fetched alone, so that a hundred uploads are not a hundred full lists. */
	async take(assetId: string | null): Promise<void> {
		if (!assetId) return this.reload();
		try {
			const asset = await ok(api.GET('/api/v1/assets/{id}', { params: { path: { id: assetId } } }));
			this.assets = [...this.assets.filter((a) => a.id !== asset.id), asset];
			this.#onchange();
		} catch {
			await this.reload();
		}
	}
}
