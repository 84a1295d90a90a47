/**
 * Resumable uploads. Parts of 8 MB stay below what proxies usually let through; an upload that was cut off, even by a
 * refresh, goes on where it stopped when the same file is chosen again.
 */
import { problemFrom } from '$lib/api/client';
import type { Problem } from '$lib/api/types';
import type { Transport, Upload } from './queue.svelte';

const endpoint = '/api/v1/uploads';
const chunkSize = 8 * 1024 * 1024;
const retryDelays = [0, 1000, 3000, 5000, 10_000];

const fingerprint = (project: string, file: File): string =>
	['lumiku', project, file.name, file.size, file.lastModified].join('/');

interface TusFailure {
	originalResponse?: { getStatus(): number; getBody(): string; getHeader(name: string): string | undefined } | null;
}

function problemOf(error: TusFailure): Problem {
	const response = error.originalResponse;
	const status = response?.getStatus() ?? 0;
	if (!response || status === 0) return { status: 0, code: 'upload.stopped' };
	let body: unknown;
	try {
		body = JSON.parse(response.getBody());
	} catch {
		body = undefined;
	}
	const headers = new Headers({ 'x-request-id': response.getHeader('X-Request-Id') ?? '' });
	// Browsers refuse to build some responses (status 204 with a body and the like); only these two parts are read.
	return problemFrom(body, { status, headers } as Response);
}

/** Worth trying again by itself: the network, a busy server, an upload still locked by the attempt before. */
const passing = (status: number): boolean => status === 0 || status >= 500 || [409, 423, 429].includes(status);

export function tusTransport(projectId: string, role = 'clip'): Transport {
	return (upload: Upload, handlers) => {
		let assetId: string | null = null;
		let stopped = false;
		let stop = (_discard: boolean) => {
			stopped = true;
		};
		void import('tus-js-client').then(({ Upload: Tus }) => {
			if (stopped) return;
			const { file, groupId } = upload;
			const tus = new Tus(file, {
				endpoint,
				chunkSize,
				retryDelays,
				metadata: {
					filename: file.name,
					filetype: file.type,
					project_id: projectId,
					role,
					...(groupId ? { group_id: groupId } : {})
				},
				fingerprint: () => Promise.resolve(fingerprint(projectId, file)),
				removeFingerprintOnSuccess: true,
				onProgress: (sent) => handlers.progress(sent),
				onAfterResponse: (_request, response) => {
					assetId = response.getHeader('Lumiku-Asset-Id') ?? assetId;
				},
				onShouldRetry: (error) => passing((error as TusFailure).originalResponse?.getStatus() ?? 0),
				onSuccess: () => handlers.done(assetId),
				onError: (error) => {
					const problem = problemOf(error as TusFailure);
					const final = !passing(problem.status);
					if (final) forget(projectId, file);
					handlers.failed(problem, final);
				}
			});
			stop = (discard) => void tus.abort(discard).catch(() => {});
			void tus.findPreviousUploads().then((previous) => {
				if (stopped) return;
				if (previous[0]) tus.resumeFromPreviousUpload(previous[0]);
				tus.start();
			});
		});
		return {
			stop: (discard) => {
				stopped = true;
				stop(discard);
				if (discard) forget(projectId, upload.file);
			}
		};
	};
}

const keys = (project: string): string[] =>
	Object.keys(localStorage).filter((key) => key.startsWith(`tus::lumiku/${project}/`));

function forget(project: string, file: File): void {
	for (const key of keys(project)) {
		if (key.startsWith(`tus::${fingerprint(project, file)}::`)) localStorage.removeItem(key);
	}
}

/** How many uploads of an earlier visit wait for their file to be chosen again. */
export function unfinishedUploads(project: string): number {
	try {
		return keys(project).length;
	} catch {
		return 0;
	}
}
