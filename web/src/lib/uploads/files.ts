/** From what was dropped, pasted or picked to a flat list of files that still knows their folders. */

export interface PickedFile {
	file: File;
	/** The folder the file lay in directly, empty when it came alone. */
	folder: string;
}

const natural = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });
const hidden = (name: string) => name.startsWith('.') || name === 'Thumbs.db' || name === 'desktop.ini';

/** `hook 2` before `hook 10`, folders together: the order people see in their own file list. */
export function sortPicked(files: PickedFile[]): PickedFile[] {
	return files
		.filter(({ file }) => !hidden(file.name))
		.sort((a, b) => natural.compare(a.folder, b.folder) || natural.compare(a.file.name, b.file.name));
}

export function fromList(list: Iterable<File>): PickedFile[] {
	return sortPicked(
		[...list].map((file) => ({ file, folder: file.webkitRelativePath.split('/').at(-2) ?? '' }))
	);
}

const readAll = async (directory: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> => {
	const reader = directory.createReader();
	const all: FileSystemEntry[] = [];
	// A reader hands out at most a hundred entries at a time and ends with an empty list.
	for (;;) {
		const some = await new Promise<FileSystemEntry[]>((done, fail) => reader.readEntries(done, fail));
		if (some.length === 0) return all;
		all.push(...some);
	}
};

async function walk(entry: FileSystemEntry, folder: string, into: PickedFile[]): Promise<void> {
	if (entry.isDirectory) {
		const children = await readAll(entry as FileSystemDirectoryEntry);
		for (const child of children) await walk(child, entry.name, into);
	} else {
		const file = await new Promise<File>((done, fail) => (entry as FileSystemFileEntry).file(done, fail));
		into.push({ file, folder });
	}
}

/** Must be called inside the drop event: the entries are gone after it. */
export async function fromTransfer(transfer: DataTransfer): Promise<PickedFile[]> {
	const entries = [...transfer.items]
		.filter((item) => item.kind === 'file')
		.map((item) => item.webkitGetAsEntry?.() ?? null);
	if (entries.length === 0 || entries.includes(null)) return fromList(transfer.files);
	const files: PickedFile[] = [];
	for (const entry of entries) if (entry) await walk(entry, '', files);
	return sortPicked(files);
}

/**
 * Folders become groups when they say something: several of them, or one that is called like a group that exists.
 * A single folder of clips is only a container.
 */
export function foldersThatGroup(files: PickedFile[], existing: string[]): string[] {
	const folders = [...new Set(files.map((f) => f.folder).filter(Boolean))];
	if (folders.length > 1) return folders;
	const known = existing.map((name) => name.toLocaleLowerCase());
	return folders.filter((folder) => known.includes(folder.toLocaleLowerCase()));
}

export interface FileRules {
	bytesMax: number;
	/** Beginnings of content types, such as `video/`. */
	types: string[];
	extensions: string[];
}
/** What can be said before a byte is sent; the server looks inside and has the last word. */
export function refusal(file: File, rules: FileRules): string | null {
	if (file.size === 0) return 'upload.empty';
	if (file.size > rules.bytesMax) return 'upload.big';
	const extension = file.name.split('.').pop()?.toLowerCase() ?? '';
	const known = rules.types.some((type) => file.type.startsWith(type)) || rules.extensions.includes(extension);
	return known ? null : 'upload.kind';
}
