import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runCommand, temporaryFolder } from "../cli/command-line.ts";
import type { Deployment } from "./deployment.ts";
import { CERTIFICATE } from "./tls-front.ts";

/**
 * Runs a command of the command line in a process of its own, as the deployment's identity.
 *
 * errors  rejects with what the command says when it fails
 */
export const runAsIdentity = async (
  { environment }: Deployment,
  args: readonly string[],
): Promise<readonly Readonly<Record<string, unknown>>[]> => {
  const { directory, remove } = await temporaryFolder();
  try {
    const trusted = join(directory, "certificate.pem");
    await writeFile(trusted, CERTIFICATE.cert);
    const command = runCommand(args, { ...environment, NODE_EXTRA_CA_CERTS: trusted });
    await command.end;
    const error = command.events.find(({ event }) => event === "error");
    if (error) throw new Error(String(error.message));
    return command.events;
  } finally {
    await remove();
  }
};
