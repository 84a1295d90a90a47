/** A group's name as the server's name pattern writes it: lower case, with hyphens. */
export function groupToken(name: string): string {
	const slug = name
		.toLocaleLowerCase()
		.replace(/[^\p{L}\p{N}]+/gu, '-')
		.replace(/^-+|-+$/g, '');
	return `{${slug}}`;
}
