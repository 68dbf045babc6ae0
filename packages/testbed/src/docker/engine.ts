import { spawnSync } from 'node:child_process';

const ANSWER_MS = 10_000;

/** Whether there is a Docker client with an engine that answers. */
export function isDockerThere(): boolean {
  const { status } = spawnSync('docker', ['version', '--format', '{{.Server.Version}}'], { stdio: 'ignore', timeout: ANSWER_MS });
  return status === 0;
}
