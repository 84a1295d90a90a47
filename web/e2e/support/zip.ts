/** The names in an archive, read from the directory at its end. */
const signature = Buffer.from([0x50, 0x4b, 0x01, 0x02]);

export function namesIn(archive: Buffer): string[] {
	const names: string[] = [];
	let at = archive.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]));
	at = at < 0 ? archive.length : archive.readUInt32LE(at + 16);
	while (archive.subarray(at, at + 4).equals(signature)) {
		const [name, extra, comment] = [28, 30, 32].map((offset) => archive.readUInt16LE(at + offset)) as [number, number, number];
		names.push(archive.subarray(at + 46, at + 46 + name).toString('utf8'));
		at += 46 + name + extra + comment;
	}
	return names;
}
