/** One generation on screen: fetched whole, then kept true by the stream, with review written through. */
import { api, ok } from '$lib/api/client';
import type { Generation, Output } from '$lib/api/types';
import { t } from '$lib/i18n/index.svelte';
import { applyOutput, applyProgress, applyState, isActive } from '$lib/live/apply';
import { stream } from '$lib/live/stream.svelte';
import { work } from '$lib/live/work.svelte';
import { toasts } from '$lib/ui/toast.svelte';

export class GenerationView {
	now = $state.raw<Generation | null>(null);
	failure = $state.raw<unknown>(null);
	#id: string | null = null;

	get active(): boolean {
		return this.now !== null && isActive(this.now);
	}
	get outputs(): Output[] {
		return this.now?.outputs ?? [];
	}
	/** Shows what is already known at once and fetches the rest. */
	async open(id: string, known?: Generation): Promise<void> {
		if (this.#id === id && this.now) return;
		this.#id = id;
		this.now = known ?? null;
		await this.refetch();
	}
	close(): void {
		this.#id = null;
		this.now = null;
		this.failure = null;
	}
	async refetch(): Promise<void> {
		const id = this.#id;
		if (!id) return;
		try {
			const generation = await ok(api.GET('/api/v1/generations/{id}', { params: { path: { id } } }));
			if (this.#id !== id) return;
			this.now = generation;
			this.failure = null;
		} catch (cause) {
			if (this.#id === id && !this.now?.outputs) this.failure = cause;
		}
	}
	watch(): () => void {
		const mine = (id: string) => id === this.#id && this.now !== null;
		const stops = [
			stream.on('generation.progress', (e) => {
				if (mine(e.generation_id) && this.now) this.now = applyProgress(this.now, e);
			}),
			stream.on('generation.output', (e) => {
				if (mine(e.generation_id) && this.now) this.now = applyOutput(this.now, e.output);
			}),
			stream.on('generation.state', (e) => {
				if (!mine(e.generation_id) || !this.now) return;
				this.now = applyState(this.now, e);
				// The end settles credits, counts and cancelled outputs: take the server's word for all of it.
				if (!isActive(this.now)) void this.refetch();
			}),
			stream.onStale(() => {
				if (this.active || this.failure) void this.refetch();
			})
		];
		return () => stops.forEach((stop) => stop());
	}
	async review(ids: string[], change: { review?: Output['review']; stars?: number }): Promise<void> {
		const before = this.now;
		const chosen = new Set(ids);
		this.#map((o) => (chosen.has(o.id) ? { ...o, ...change } : o));
		try {
			await Promise.all(
				ids.map((id) => ok(api.PATCH('/api/v1/outputs/{id}', { params: { path: { id } }, body: change })))
			);
		} catch (cause) {
			this.now = before;
			void this.refetch();
			toasts.failed(cause);
		}
	}
	async cancel(): Promise<void> {
		if (!this.now) return;
		try {
			await work.cancel(this.now.id);
			await this.refetch();
		} catch (cause) {
			toasts.failed(cause);
		}
	}
	async retryFailed(): Promise<void> {
		if (!this.now) return;
		try {
			const params = { path: { id: this.now.id } };
			const after = await ok(api.POST('/api/v1/generations/{id}/retry-failed', { params }));
			work.add(after);
			await this.refetch();
		} catch (cause) {
			toasts.failed(cause);
		}
	}
	copySeed(): void {
		if (!this.now) return;
		void navigator.clipboard.writeText(String(this.now.seed)).then(() => toasts.show(t().run.seedCopied));
	}
	#map(change: (o: Output) => Output): void {
		if (this.now?.outputs) this.now = { ...this.now, outputs: this.now.outputs.map(change) };
	}
}
