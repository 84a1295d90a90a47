/** Running work across the whole studio: what the tray shows, what the tab title counts, what toasts announce. */
import { api, ok } from '$lib/api/client';
import type { Generation } from '$lib/api/types';
import { applyProgress, applyState, isActive } from './apply';
import { stream } from './stream.svelte';

type Finished = (generation: Generation) => void;

class RunningWork {
	#runs = $state.raw<Generation[]>([]);
	#finished = new Set<Finished>();

	get runs(): Generation[] {
		return this.#runs;
	}
	get total(): { fraction: number; done: number; total: number } | null {
		if (this.#runs.length === 0) return null;
		let done = 0;
		let total = 0;
		let weight = 0;
		for (const { progress } of this.#runs) {
			done += progress.done + progress.failed;
			total += progress.total;
			weight += progress.fraction * progress.total;
		}
		return { done, total, fraction: total ? weight / total : 0 };
	}
	onFinished(listener: Finished): () => void {
		this.#finished.add(listener);
		return () => this.#finished.delete(listener);
	}
	start(): () => void {
		void this.refresh();
		const stops = [
			stream.on('generation.progress', (event) =>
				this.#change(event.generation_id, (g) => applyProgress(g, event))
			),
			stream.on('generation.state', (event) => {
				if (!this.#change(event.generation_id, (g) => applyState(g, event))) {
					// Started in another tab or by a script: it belongs in this tray as well.
					if (event.state === 'queued' || event.state === 'running') void this.refresh();
				}
			}),
			stream.onStale(() => void this.refresh())
		];
		return () => {
			for (const stop of stops) stop();
			this.#runs = [];
		};
	}
	async refresh(): Promise<void> {
		try {
			const pages = await Promise.all(
				(['running', 'queued', 'paused'] as const).map((state) =>
					ok(api.GET('/api/v1/generations', { params: { query: { state } } }))
				)
			);
			const active = pages.flatMap((page) => page.items);
			const gone = this.#runs.filter((run) => !active.some((a) => a.id === run.id));
			this.#runs = active;
			for (const run of gone) void this.#announce(run.id);
		} catch {
			// Kept as it was; the next event or poll puts it right.
		}
	}
	/** A run this tab has just started: shown before the first event arrives. */
	add(generation: Generation): void {
		if (this.#runs.some((run) => run.id === generation.id)) return;
		if (isActive(generation)) this.#runs = [generation, ...this.#runs];
	}
	async cancel(id: string): Promise<void> {
		const after = await ok(api.POST('/api/v1/generations/{id}/cancel', { params: { path: { id } } }));
		this.#change(id, () => after);
	}
	#change(id: string, change: (g: Generation) => Generation): boolean {
		const before = this.#runs.find((run) => run.id === id);
		if (!before) return false;
		const after = change(before);
		if (isActive(after)) {
			this.#runs = this.#runs.map((run) => (run.id === id ? after : run));
		} else {
			this.#runs = this.#runs.filter((run) => run.id !== id);
			void this.#announce(id);
		}
		return true;
	}
	async #announce(id: string): Promise<void> {
		try {
			const run = await ok(api.GET('/api/v1/generations/{id}', { params: { path: { id } } }));
			if (!isActive(run)) for (const listener of this.#finished) listener(run);
		} catch {
			// Deleted meanwhile: nothing left to announce.
		}
	}
}
export const work = new RunningWork();
