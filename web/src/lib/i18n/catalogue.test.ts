import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import en from './en';
import id from './id';

type Tree = { [key: string]: unknown };

function leaves(tree: Tree, path = ''): [string, unknown][] {
	return Object.entries(tree).flatMap(([key, value]) => {
		const here = path ? `${path} › ${key}` : key;
		return value && typeof value === 'object' ? leaves(value as Tree, here) : [[here, value] as [string, unknown]];
	});
}
/** What a message says with every parameter filled in. */
function say(message: unknown): string {
	if (typeof message !== 'function') return String(message);
	const params = new Proxy({}, { get: (_, key) => (key === 'hour' ? 9 : key === 'n' ? '3' : `«${String(key)}»`) });
	return String((message as (p: unknown) => string)(params));
}
/** Every app's own catalogue, whichever apps there are. */
const ofApps = import.meta.glob<{ default: Tree }>('../../../../apps/*/web/messages/{en,id}.ts', { eager: true });
const messages = (path: string): Tree => ofApps[path]?.default ?? {};
const catalogues = [
	{ name: 'shell', id: id as Tree, en: en as unknown as Tree },
	...Object.keys(ofApps)
		.filter((path) => path.endsWith('/id.ts'))
		.map((path) => ({
			name: path.split('/').at(-4) ?? path,
			id: messages(path),
			en: messages(path.replace(/id\.ts$/, 'en.ts'))
		}))
];
const sentences = (tree: Tree) => leaves(tree).map(([path, message]) => ({ path, text: say(message) }));

it('looks at the catalogue of every app', () => expect(catalogues.length).toBeGreaterThan(1));

describe.each(catalogues)('the $name catalogue', ({ id: indonesian, en: english }) => {
	it('has the same keys of the same kind in both languages', () => {
		const keys = (tree: Tree) => leaves(tree).map(([path, message]) => `${path} (${typeof message})`).sort();
		expect(keys(english)).toEqual(keys(indonesian));
	});
	it('says something for every key, with all parameters used', () => {
		for (const { path, text } of [...sentences(indonesian), ...sentences(english)]) {
			expect(text.trim(), path).not.toBe('');
			expect(text, path).not.toMatch(/undefined|\[object/);
		}
	});
	it('uses Indonesian words, not Malay ones', () => {
		const malay =
			/\b(muat naik|muat turun|kemas kini|tetapan|kata laluan|log masuk|log keluar|boleh didapati|semak|padam|fail|pelayan|laman web|percuma|kegagalan|sila|anda boleh|telefon bimbit|pengguna baru)\b/i;
		for (const { path, text } of sentences(indonesian)) expect(text, path).not.toMatch(malay);
	});
	it('speaks calmly: no exclamation marks, no emoji, and Anda with a capital', () => {
		for (const { path, text } of [...sentences(indonesian), ...sentences(english)]) {
			expect(text, path).not.toMatch(/!|\p{Extended_Pictographic}/u);
		}
		for (const { path, text } of sentences(indonesian)) expect(text, path).not.toMatch(/\banda\b|tAnda/);
	});
	it('never says that an error occurred without saying what', () => {
		const empty = /error occurred|something went wrong|terjadi kesalahan|terjadi error/i;
		for (const { path, text } of [...sentences(indonesian), ...sentences(english)]) {
			expect(text, path).not.toMatch(empty);
		}
	});
});

it('keeps words out of the components, where only one language would have them', () => {
	const files = (folder: string): string[] =>
		readdirSync(folder).flatMap((name) => {
			const path = join(folder, name);
			if (name === '_gallery') return [];
			return statSync(path).isDirectory() ? files(path) : [path];
		});
	const components = [...files('src'), ...files('../apps').filter((path) => path.includes('/web/'))].filter((path) => path.endsWith('.svelte'));
	const spoken = /(?:aria-label|placeholder|title|label|lead|alt)="[A-Za-z]{2,}[^"{}]*"/;
	const allowed = /title="Lumiku"/;
	for (const path of components) {
		for (const line of readFileSync(path, 'utf8').split('\n')) {
			if (spoken.test(line) && !allowed.test(line)) expect.soft(line.trim(), path).toBe('no fixed words');
		}
	}
});

it('keeps components and modules within their size', () => {
	const files = (folder: string): string[] =>
		readdirSync(folder).flatMap((name) => {
			const path = join(folder, name);
			return statSync(path).isDirectory() ? files(path) : [path];
		});
	for (const path of [...files('src'), ...files('../apps').filter((path) => path.includes('/web/'))]) {
		if (!/\.(svelte|ts)$/.test(path) || path.endsWith('schema.d.ts')) continue;
		const lines = readFileSync(path, 'utf8').split('\n').length;
		expect(lines, path).toBeLessThanOrEqual(path.endsWith('.svelte') ? 200 : 400);
	}
});
