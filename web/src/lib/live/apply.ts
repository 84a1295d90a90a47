/** How one live event changes a generation: pure, so that every order of arrival can be tested. */
import type { Generation, Output } from '$lib/api/types';
import type { LiveEvents } from './stream.svelte';

export const finished: ReadonlySet<Generation['state']> = new Set([
	'completed',
	'partially_completed',
	'failed',
	'cancelled'
]);
export const isActive = (g: Pick<Generation, 'state'>): boolean => !finished.has(g.state);

const settled: ReadonlySet<Output['state']> = new Set(['completed', 'failed', 'cancelled']);

export function applyProgress(g: Generation, event: LiveEvents['generation.progress']): Generation {
	const { progress, output } = event;
	// An event that was overtaken by a newer answer must not walk the bar backwards.
	const older = progress.done + progress.failed < g.progress.done + g.progress.failed;
	const next: Generation = {
		...g,
		state: g.state === 'queued' ? 'running' : g.state,
		progress: older ? g.progress : progress
	};
	if (output && g.outputs) {
		next.outputs = g.outputs.map((o) =>
			o.id === output.id && !settled.has(o.state)
				? { ...o, state: 'running', progress: Math.max(o.progress, output.progress) }
				: o
		);
	}
	return next;
}

export function applyOutput(g: Generation, output: Output): Generation {
	if (!g.outputs) return g;
	const known = g.outputs.some((o) => o.id === output.id);
	const outputs = known
		? g.outputs.map((o) => (o.id === output.id ? output : o))
		: [...g.outputs, output].sort((a, b) => a.index - b.index);
	return { ...g, outputs };
}

export function applyState(g: Generation, event: LiveEvents['generation.state']): Generation {
	return { ...g, state: event.state, credits: event.credits ?? g.credits };
}
