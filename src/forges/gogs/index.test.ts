import { testForgeContract } from '../contract.testsuite.ts';
import { gogs } from './index.ts';

testForgeContract(gogs);
