/** Files on their way into a project: folders become groups, the column they were dropped on takes them. */
import type { Manifest } from '$lib/api/types';
import { limitOf } from '$lib/apps/registry';
import { t } from '$lib/i18n/index.svelte';
import { foldersThatGroup, refusal, type FileRules, type PickedFile } from '$lib/uploads/files';
import { UploadQueue } from '$lib/uploads/queue.svelte';
import { tusTransport, unfinishedUploads } from '$lib/uploads/tus';
import type { Board } from './board.svelte';

const extensions = ['mp4', 'mov', 'm4v', 'webm', 'mkv', 'avi', '3gp', 'ts', 'mts', 'mpg', 'mpeg'];
/** Long enough to see that everything arrived. */
const settledMs = 4000;
/** The limit when the server does not name one. */
const bytesMaxUsual = 500_000_000;

export class ClipUploads {
	readonly queue: UploadQueue;
	readonly accept = ['video/*', ...extensions.map((e) => `.${e}`)].join(',');
	readonly unfinished: number;
	#board: Board;

	constructor(projectId: string, board: Board, manifest: Manifest | undefined) {
		const rules: FileRules = {
			bytesMax: limitOf(manifest, 'clip_bytes_max', bytesMaxUsual),
			types: ['video/'],
			extensions
		};
		this.#board = board;
		this.unfinished = unfinishedUploads(projectId);
		this.queue = new UploadQueue({
			transport: tusTransport(projectId),
			check: (file) => refusal(file, rules),
			onDone: (assetId, upload) => {
				board.announcement = t().run.upload.announceDone({ name: upload.file.name });
				void board.take(assetId);
				setTimeout(() => {
					if (this.queue.unfinished === 0) this.queue.clearDone();
				}, settledMs);
			},
			onRefused: (upload) => {
				board.announcement = t().run.upload.announceFailed({ name: upload.file.name });
			}
		});
	}
	async add(files: PickedFile[], at: Element | null): Promise<void> {
		const dropped = at?.closest<HTMLElement>('[data-drop-group]')?.dataset.dropGroup || null;
		const groups = new Map(this.#board.groups.map((g) => [g.name.toLocaleLowerCase(), g.id]));
		const naming = new Set(foldersThatGroup(files, [...groups.keys()]));
		for (const folder of naming) {
			if (groups.has(folder.toLocaleLowerCase())) continue;
			const group = await this.#board.addGroup(folder);
			if (group) groups.set(folder.toLocaleLowerCase(), group.id);
		}
		for (const { file, folder } of files) {
			const byFolder = naming.has(folder) ? groups.get(folder.toLocaleLowerCase()) : undefined;
			this.queue.add(file, byFolder ?? dropped);
		}
	}
}
