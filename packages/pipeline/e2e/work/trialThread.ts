import { answerInThread } from '../../src/work/answerQuestions.ts';
import { trialTasks } from './trialTask.ts';

answerInThread(trialTasks);
