/** Everything one open project holds together: material, recipe, price, and the runs made from them. */
import { goto } from '$app/navigation';
import { api, ok } from '$lib/api/client';
import type { Generation, Manifest, Project } from '$lib/api/types';
import { stream } from '$lib/live/stream.svelte';
import { work } from '$lib/live/work.svelte';
import { SettingsDraft } from '$lib/run/draft.svelte';
import { LiveQuote } from '$lib/run/quote.svelte';
import { toasts } from '$lib/ui/toast.svelte';
import { Board } from '../board.svelte';
import { mt } from '../messages';
import { readSettings, type MixerSettings } from '../settings';
import { ClipUploads } from '../uploads.svelte';

const app = 'video-mixer';
interface Question {
	settings: MixerSettings;
	count: number;
}

export class Bench {
	project = $state.raw<Project>() as Project;
	runs = $state.raw<Generation[]>([]);
	count = $state(8);
	readonly board: Board;
	readonly uploads: ClipUploads;
	readonly draft: SettingsDraft<MixerSettings>;
	readonly quote: LiveQuote<Question>;
	#stops: (() => void)[] = [];

	constructor(project: Project, manifest: Manifest | undefined) {
		this.project = project;
		const params = { path: { app, id: project.id } };
		this.draft = new SettingsDraft(readSettings(project.settings, manifest?.settings_default), async (settings) => {
			await ok(api.PATCH('/api/v1/apps/{app}/projects/{id}', { params, body: { settings: { ...settings } } }));
		});
		this.quote = new LiveQuote(({ settings, count }, signal) =>
			ok(
				api.POST('/api/v1/apps/{app}/projects/{id}/quote', {
					params,
					body: { settings: { ...settings }, count },
					signal
				})
			)
		);
		this.board = new Board(project.id, () => this.quote.again());
		this.uploads = new ClipUploads(project.id, this.board, manifest);
	}
	get #params() {
		return { path: { app, id: this.project.id } };
	}
	start(): void {
		void this.board.load();
		void this.loadRuns();
		const ask = $effect.root(() => {
			$effect(() => this.quote.ask({ settings: this.draft.value, count: this.count }));
		});
		this.#stops = [
			ask,
			stream.onStale(() => void this.#resync()),
			work.onFinished((run) => {
				if (run.project_id === this.project.id) void this.loadRuns();
			})
		];
	}
	stop(): void {
		for (const stop of this.#stops) stop();
		this.quote.stop();
		this.uploads.queue.pauseAll();
		void this.draft.flush();
	}
	async #resync(): Promise<void> {
		await this.loadRuns();
		if (this.draft.status === 'failed') await this.draft.flush();
		if (this.quote.failure) this.quote.again();
	}
	async loadRuns(): Promise<void> {
		try {
			const query = { app, project_id: this.project.id };
			this.runs = (await ok(api.GET('/api/v1/generations', { params: { query } }))).items;
		} catch {
			// The list of earlier runs is an extra; the page works without it.
		}
	}
	/** Starts what the bar promises; pressing twice because the network hung still makes one run. */
	async make(): Promise<Generation | null> {
		try {
			await this.draft.flush();
			const run = await ok(
				api.POST('/api/v1/apps/{app}/projects/{id}/generations', {
					params: { ...this.#params, header: { 'Idempotency-Key': crypto.randomUUID() } },
					body: { settings: { ...this.draft.value }, count: this.count }
				})
			);
			work.add(run);
			this.runs = [run, ...this.runs];
			return run;
		} catch (cause) {
			toasts.failed(cause);
			this.quote.again();
			return null;
		}
	}
	async rename(name: string): Promise<void> {
		const before = this.project;
		this.project = { ...before, name };
		try {
			await ok(api.PATCH('/api/v1/apps/{app}/projects/{id}', { params: this.#params, body: { name } }));
		} catch (cause) {
			this.project = before;
			toasts.failed(cause);
		}
	}
	async duplicate(): Promise<void> {
		try {
			const copy = await ok(api.POST('/api/v1/apps/{app}/projects/{id}/duplicate', { params: this.#params }));
			await goto(`/apps/${app}/${copy.id}`);
		} catch (cause) {
			toasts.failed(cause);
		}
	}
	async remove(): Promise<void> {
		const { id, name } = this.project;
		const params = { path: { app, id } };
		try {
			await ok(api.DELETE('/api/v1/apps/{app}/projects/{id}', { params }));
			await goto(`/apps/${app}`);
			toasts.undo(mt().projects.deleted({ name }), async () => {
				await ok(api.POST('/api/v1/apps/{app}/projects/{id}/restore', { params }));
				await goto(`/apps/${app}/${id}`);
			});
		} catch (cause) {
			toasts.failed(cause);
		}
	}
}
