// Prints what a visitor downloads for each entry, gzipped, and fails when a budget is broken.
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { gzipSync } from 'node:zlib';

const root = 'build/_app/immutable';
const budgets = { dashboard: 150_000, 'video-mixer': 120_000 };

const files = (folder) =>
	readdirSync(folder).flatMap((name) => {
		const path = join(folder, name);
		return statSync(path).isDirectory() ? files(path) : [path];
	});
const sources = files(root).filter((path) => path.endsWith('.js'));
const text = new Map(sources.map((path) => [path, readFileSync(path, 'utf8')]));

/** Everything a module needs before it can run: its static imports, all the way down. */
function closure(entries) {
	const seen = new Set();
	const visit = (path) => {
		if (seen.has(path) || !text.has(path)) return;
		seen.add(path);
		for (const match of text.get(path).matchAll(/(?:import|from)\s*["'](\.[^"']+\.js)["']/g)) {
			visit(normalize(join(dirname(path), match[1])));
		}
	};
	entries.forEach(visit);
	return seen;
}
const gzip = (paths) => [...paths].reduce((sum, path) => sum + gzipSync(text.get(path)).length, 0);
const having = (words) => sources.filter((path) => words.some((word) => text.get(path).includes(word)));

const index = readFileSync('build/index.html', 'utf8');
const start = [...index.matchAll(/_app\/immutable\/([^"']+\.js)/g)].map((match) => join(root, match[1]));
const node = (word) => sources.filter((path) => path.includes('/nodes/') && text.get(path).includes(word));
const layouts = node('data-sveltekit').concat(sources.filter((path) => /nodes\/[0-3]\./.test(path)));
const catalogue = having(['Puluhan video dari klip']);
const dashboard = closure([...start, ...layouts, ...node('/api/v1/dashboard'), ...catalogue]);
const project = closure(having(['data-drop-group', 'Kata-kata Video Mixer', 'Letakkan klipmu']));
const app = [...project].filter((path) => !dashboard.has(path));

const rows = { dashboard: gzip(dashboard), 'video-mixer': gzip(app) };
let broken = false;
for (const [name, bytes] of Object.entries(rows)) {
	const over = bytes > budgets[name];
	broken ||= over;
	console.log(`${name.padEnd(12)} ${(bytes / 1000).toFixed(1)} kB gzip of ${budgets[name] / 1000}${over ? '  OVER' : ''}`);
}
process.exit(broken ? 1 : 0);
