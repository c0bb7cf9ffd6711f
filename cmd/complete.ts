import { commands } from './commands.ts';
import { completeWords, formatCompletion } from './completion/candidates.ts';

// The executable `kubectl_complete-sign_policy`: kubectl gives it the words so far, the last one unfinished.
process.stdout.write(formatCompletion(completeWords(commands, process.argv.slice(2))));
