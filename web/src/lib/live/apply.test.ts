import { describe, expect, it } from 'vitest';
import type { Generation, Output } from '$lib/api/types';
import { applyOutput, applyProgress, applyState, isActive } from './apply';

const output = (id: string, change: Partial<Output> = {}): Output => ({
	id,
	index: Number(id),
	name: `${id}.mp4`,
	state: 'queued',
	progress: 0,
	review: 'none',
	stars: 0,
	url: null,
	thumbnail_url: null,
	width: 720,
	height: 1280,
	duration_ms: 0,
	size_bytes: 0,
	frame_count: 0,
	frame_rate: '30/1',
	recipe: {},
	error: null,
	...change
});
const run = (change: Partial<Generation> = {}): Generation => ({
	id: 'g',
	app: 'some-app',
	project_id: 'p',
	project_name: 'Kopi',
	state: 'queued',
	count: 2,
	seed: 1,
	settings: {},
	progress: { done: 0, failed: 0, total: 2, fraction: 0, eta_ms: null },
	credits: { held: 8, captured: 0, released: 0 },
	outputs: [output('1'), output('2')],
	poster_urls: [],
	error: null,
	created_at: '',
	started_at: null,
	finished_at: null,
	...change
});
const progress = (done: number, id?: string, share = 0) => ({
	generation_id: 'g',
	progress: { done, failed: 0, total: 2, fraction: done / 2, eta_ms: 1000 },
	output: id ? { id, progress: share } : undefined
});

describe('live events', () => {
	it('move the run and the one output they speak of', () => {
		const after = applyProgress(run(), progress(0, '2', 0.4));
		expect(after.state).toBe('running');
		expect(after.outputs?.map((o) => [o.state, o.progress])).toEqual([['queued', 0], ['running', 0.4]]);
	});
	it('do not walk the total or a finished output backwards when they arrive late', () => {
		const now = run({
			state: 'running',
			progress: { done: 1, failed: 0, total: 2, fraction: 0.5, eta_ms: null },
			outputs: [output('1', { state: 'completed', progress: 1 }), output('2')]
		});
		const after = applyProgress(now, progress(0, '1', 0.9));
		expect(after.progress.done).toBe(1);
		expect(after.outputs?.[0]?.state).toBe('completed');
	});
	it('put a finished output in its place, also one this tab has not seen before', () => {
		const done = output('1', { state: 'completed', url: '/1' });
		expect(applyOutput(run(), done).outputs?.[0]?.url).toBe('/1');
		const grown = applyOutput(run({ outputs: [output('2')] }), done);
		expect(grown.outputs?.map((o) => o.id)).toEqual(['1', '2']);
	});
	it('leave runs without outputs alone, because lists carry none', () => {
		const listed = run({ outputs: undefined });
		expect(applyOutput(listed, output('1')).outputs).toBeUndefined();
	});
	it('end a run', () => {
		const credits = { held: 0, captured: 8, released: 0 };
		const after = applyState(run(), { generation_id: 'g', state: 'completed', credits });
		expect(isActive(after)).toBe(false);
		expect(after.credits.captured).toBe(8);
	});
});
