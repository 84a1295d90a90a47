import { describe, expect, it, vi } from 'vitest';
import { foldersThatGroup, fromList, refusal, sortPicked } from './files';
import { secondsLeft, UploadQueue, type Handlers, type Upload } from './queue.svelte';

const file = (name: string, size = 10, type = 'video/mp4') => {
	const made = new File(['x'.repeat(Math.min(size, 64))], name, { type });
	Object.defineProperty(made, 'size', { value: size });
	return made;
};
const tick = () => new Promise((done) => setTimeout(done));

function bench(check: (f: File) => string | null = () => null) {
	const open = new Map<string, { upload: Upload; handlers: Handlers; stopped?: boolean }>();
	const onDone = vi.fn();
	const onRefused = vi.fn();
	const queue = new UploadQueue({
		check,
		onDone,
		onRefused,
		transport: (upload, handlers) => {
			const entry: { upload: Upload; handlers: Handlers; stopped?: boolean } = { upload, handlers };
			open.set(upload.file.name, entry);
			return { stop: (discard) => (entry.stopped = discard) };
		}
	});
	const states = () => queue.list.map((u) => u.state);
	const at = (name: string) => {
		const entry = open.get(name);
		if (!entry) throw new Error(`${name} was never started`);
		return entry;
	};
	return { queue, open, onDone, onRefused, states, at };
}

describe('the upload queue', () => {
	it('sends three at once and the next when one is done', async () => {
		const { queue, open, states, at, onDone } = bench();
		for (const name of ['a', 'b', 'c', 'd']) queue.add(file(name));
		expect(states()).toEqual(['sending', 'sending', 'sending', 'waiting']);
		at('b').handlers.done('asset-b');
		await tick();
		expect(states()).toEqual(['sending', 'done', 'sending', 'sending']);
		expect(onDone).toHaveBeenCalledWith('asset-b', expect.anything());
		expect(open.size).toBe(4);
	});
	it('refuses what cannot work before a byte is sent, and the others go on', () => {
		const { queue, states, onRefused } = bench((f) => (f.size === 0 ? 'upload.empty' : null));
		queue.add(file('kosong.mp4', 0));
		queue.add(file('a.mp4'));
		expect(states()).toEqual(['refused', 'sending']);
		expect(queue.list[0]?.problem?.code).toBe('upload.empty');
		expect(onRefused).toHaveBeenCalledOnce();
	});
	it('says it is checking once all bytes are sent', () => {
		const { queue, states, at } = bench();
		queue.add(file('a', 10));
		at('a').handlers.progress(5);
		expect(states()).toEqual(['sending']);
		at('a').handlers.progress(10);
		expect(states()).toEqual(['checking']);
	});
	it('pauses without throwing away what was sent, frees its place, and goes on later', async () => {
		const { queue, states, at } = bench();
		for (const name of ['a', 'b', 'c', 'd']) queue.add(file(name));
		queue.pause(queue.list[0]?.id ?? 0);
		await tick();
		expect(at('a').stopped).toBe(false);
		expect(states()).toEqual(['paused', 'sending', 'sending', 'sending']);
		queue.resume(queue.list[0]?.id ?? 0);
		expect(states()[0]).toBe('waiting');
		at('b').handlers.done(null);
		await tick();
		expect(states()[0]).toBe('sending');
	});
	it('ignores what a stopped attempt still reports', () => {
		const { queue, states, at } = bench();
		queue.add(file('a'));
		const late = at('a').handlers;
		queue.pause(queue.list[0]?.id ?? 0);
		late.progress(3);
		late.failed({ status: 0, code: 'upload.stopped' }, false);
		expect(states()).toEqual(['paused']);
	});
	it('keeps a broken connection apart from a refusal', async () => {
		const { queue, states, at, onRefused } = bench();
		queue.add(file('a'));
		queue.add(file('b'));
		at('a').handlers.failed({ status: 0, code: 'upload.stopped' }, false);
		at('b').handlers.failed({ status: 422, code: 'media.not_media' }, true);
		await tick();
		expect(states()).toEqual(['stopped', 'refused']);
		expect(onRefused).toHaveBeenCalledOnce();
		queue.resumeAll();
		expect(states()).toEqual(['sending', 'refused']);
	});
	it('throws away what was sent when an upload is removed', () => {
		const { queue, at } = bench();
		queue.add(file('a'));
		queue.remove(queue.list[0]?.id ?? 0);
		expect(at('a').stopped).toBe(true);
		expect(queue.list).toEqual([]);
	});
	it('estimates from the pace of this attempt, not from bytes that lay there before', () => {
		const upload = { file: file('a', 1000), state: 'sending', sent: 600, startedFrom: 500, startedAt: 0 };
		expect(secondsLeft(upload as Upload, 2000)).toBe(8);
		expect(secondsLeft({ ...upload, sent: 500 } as Upload, 2000)).toBeNull();
	});
});

describe('picked files', () => {
	const picked = (name: string, folder = '') => ({ file: file(name), folder });

	it('come in the order people see, without the system’s own files', () => {
		const sorted = sortPicked([picked('klip 10.mp4'), picked('.DS_Store'), picked('klip 2.mp4'), picked('a.mp4', 'B')]);
		expect(sorted.map((p) => p.file.name)).toEqual(['klip 2.mp4', 'klip 10.mp4', 'a.mp4']);
	});
	it('remember the folder they lay in directly', () => {
		const inside = file('a.mp4');
		Object.defineProperty(inside, 'webkitRelativePath', { value: 'kampanye/Hook/a.mp4' });
		expect(fromList([inside])[0]?.folder).toBe('Hook');
	});
	it('make groups of several folders, or of one that is called like a group', () => {
		expect(foldersThatGroup([picked('a', 'Hook'), picked('b', 'Isi')], [])).toEqual(['Hook', 'Isi']);
		expect(foldersThatGroup([picked('a', 'liburan')], ['Hook'])).toEqual([]);
		expect(foldersThatGroup([picked('a', 'hook')], ['Hook'])).toEqual(['hook']);
	});
	it('are refused with a code that has a remedy', () => {
		const rules = { bytesMax: 100, types: ['video/'], extensions: ['mkv'] };
		expect(refusal(file('a.mp4', 0), rules)).toBe('upload.empty');
		expect(refusal(file('a.mp4', 101), rules)).toBe('upload.big');
		expect(refusal(file('catatan.txt', 10, 'text/plain'), rules)).toBe('upload.kind');
		expect(refusal(file('A.MKV', 10, ''), rules)).toBeNull();
	});
});
