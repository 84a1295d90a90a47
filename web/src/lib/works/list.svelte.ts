/** My Work: pages of generations under the chosen filters, kept true by the live stream. */
import { api, ok } from '$lib/api/client';
import type { Generation, GenerationState } from '$lib/api/types';
import { t } from '$lib/i18n/index.svelte';
import { applyProgress, applyState } from '$lib/live/apply';
import { stream } from '$lib/live/stream.svelte';
import { work } from '$lib/live/work.svelte';
import { toasts } from '$lib/ui/toast.svelte';

export interface WorkFilter {
	state: GenerationState | '';
	app: string;
}

export class WorkList {
	items = $state.raw<Generation[]>([]);
	loading = $state(true);
	failure = $state.raw<unknown>(null);
	more = $state(false);
	#cursor: string | null = null;
	#filter: WorkFilter = { state: '', app: '' };
	#turn = 0;

	async load(filter: WorkFilter): Promise<void> {
		this.#filter = filter;
		this.#cursor = null;
		await this.#fetch((items) => (this.items = items));
	}
	next(): Promise<void> {
		return this.#fetch((items) => (this.items = [...this.items, ...items]));
	}
	async #fetch(take: (items: Generation[]) => void): Promise<void> {
		const turn = ++this.#turn;
		this.loading = true;
		try {
			const { state, app } = this.#filter;
			const query = { state: state || undefined, app: app || undefined, cursor: this.#cursor ?? undefined };
			const page = await ok(api.GET('/api/v1/generations', { params: { query } }));
			if (turn !== this.#turn) return;
			take(page.items);
			this.#cursor = page.next_cursor ?? null;
			this.more = this.#cursor !== null;
			this.failure = null;
		} catch (cause) {
			if (turn === this.#turn && this.items.length === 0) this.failure = cause;
		} finally {
			if (turn === this.#turn) this.loading = false;
		}
	}
	async remove(generation: Generation): Promise<void> {
		const params = { path: { id: generation.id } };
		const before = this.items;
		this.items = before.filter((g) => g.id !== generation.id);
		try {
			await ok(api.DELETE('/api/v1/generations/{id}', { params }));
			toasts.undo(t().works.deleted({ name: generation.project_name }), async () => {
				await ok(api.POST('/api/v1/generations/{id}/restore', { params }));
				await this.load(this.#filter);
			});
		} catch (cause) {
			this.items = before;
			toasts.failed(cause);
		}
	}
	watch(): () => void {
		const change = (id: string, to: (g: Generation) => Generation) => {
			this.items = this.items.map((g) => (g.id === id ? to(g) : g));
		};
		const refetch = () => void this.load(this.#filter);
		const stops = [
			stream.on('generation.progress', (e) => change(e.generation_id, (g) => applyProgress(g, e))),
			stream.on('generation.state', (e) => change(e.generation_id, (g) => applyState(g, e))),
			stream.onStale(refetch),
			work.onFinished(refetch)
		];
		return () => stops.forEach((stop) => stop());
	}
}
