import { testForgeContract } from '../contract.testsuite.ts';
import { gitea } from './index.ts';

testForgeContract(gitea);
