import type { Cell } from '@tenantry/contracts';
import type { Effects } from '../effects.ts';
import { hasBucketRules, withBucketRules } from './bucket-rules.ts';
import type * as Sdk from './iam-sdk.ts';
import { FILE_POLICY, type FileAccess, type FileRole, type FoundFileRole } from './port.ts';

/** Inside the lease margin: a call that outlives leadership must not land late. */
const REQUEST = { connectionTimeout: 2000, requestTimeout: 4000, throwOnRequestTimeout: true };

/** What IAM and the bucket are reached with. */
export interface IamFileAccessOptions {
  readonly place: NonNullable<Cell['s3']>;
  readonly login: { readonly accessKey: string; readonly secretKey: string };
  readonly effects: Effects;
}

interface Loaded {
  readonly sdk: typeof Sdk;
  readonly iam: Sdk.IAMClient;
  readonly s3: Sdk.S3Client;
}

/** Roles of tenants in IAM and the rules of the bucket in S3. The SDK is loaded by the first call. */
export class IamFileAccess implements FileAccess {
  readonly #options: IamFileAccessOptions;
  #loaded: Promise<Loaded> | undefined;

  constructor(options: IamFileAccessOptions) {
    this.#options = options;
  }

  async role(name: string): Promise<FoundFileRole | undefined> {
    const { sdk, iam } = await this.#sdk();
    try {
      const { Role } = await iam.send(new sdk.GetRoleCommand({ RoleName: name }));
      const policies = new Map<string, object>();
      for await (const page of sdk.paginateListRolePolicies({ client: iam }, { RoleName: name }))
        for (const PolicyName of page.PolicyNames ?? []) {
          const { PolicyDocument } = await iam.send(new sdk.GetRolePolicyCommand({ RoleName: name, PolicyName }));
          policies.set(PolicyName, documentOf(PolicyDocument));
        }
      const attached: string[] = [];
      for await (const page of sdk.paginateListAttachedRolePolicies({ client: iam }, { RoleName: name }))
        for (const { PolicyArn } of page.AttachedPolicies ?? []) if (PolicyArn !== undefined) attached.push(PolicyArn);
      return {
        path: Role?.Path ?? '/',
        trust: documentOf(Role?.AssumeRolePolicyDocument),
        policies,
        attached,
        boundary: Role?.PermissionsBoundary?.PermissionsBoundaryArn,
      };
    } catch (error) {
      if (error instanceof sdk.NoSuchEntityException) return undefined;
      throw error;
    }
  }

  async everything(path: string): Promise<ReadonlyMap<string, string>> {
    const { sdk, iam } = await this.#sdk();
    const rules = JSON.stringify(await this.#rules());
    const found = new Map<string, string>();
    // One call for up to a thousand roles with all they have; the account's other roles come along, because IAM cannot leave them out.
    const pages = sdk.paginateGetAccountAuthorizationDetails({ client: iam, pageSize: 1000 }, { Filter: ['Role'] });
    for await (const page of pages)
      for (const {
        RoleName,
        Path,
        AssumeRolePolicyDocument,
        RolePolicyList,
        AttachedManagedPolicies,
        PermissionsBoundary,
      } of page.RoleDetailList ?? []) {
        if (RoleName === undefined || Path !== path) continue;
        const seen = [AssumeRolePolicyDocument, RolePolicyList, AttachedManagedPolicies, PermissionsBoundary, rules];
        found.set(RoleName, JSON.stringify(seen));
      }
    return found;
  }

  async createRole({ name, path, tenantId, trust, boundary }: FileRole): Promise<void> {
    const { sdk, iam } = await this.#sdk();
    const command = new sdk.CreateRoleCommand({
      RoleName: name,
      Path: path,
      AssumeRolePolicyDocument: JSON.stringify(trust),
      Description: 'Files of one Tenantry tenant. Made and kept so by the operator.',
      Tags: [{ Key: 'tenantry.dev/tenant-id', Value: tenantId }],
      ...(boundary === undefined ? {} : { PermissionsBoundary: boundary }),
    });
    await this.#perform(`create role ${name}`, () => iam.send(command));
  }

  async setTrust({ name, trust }: FileRole): Promise<void> {
    const { sdk, iam } = await this.#sdk();
    const command = new sdk.UpdateAssumeRolePolicyCommand({ RoleName: name, PolicyDocument: JSON.stringify(trust) });
    await this.#perform(`set trust of role ${name}`, () => iam.send(command));
  }

  async setPolicy({ name, policy }: FileRole): Promise<void> {
    const { sdk, iam } = await this.#sdk();
    const command = new sdk.PutRolePolicyCommand({ RoleName: name, PolicyName: FILE_POLICY, PolicyDocument: JSON.stringify(policy) });
    await this.#perform(`set policy of role ${name}`, () => iam.send(command));
  }

  async setBoundary({ name, boundary }: FileRole): Promise<void> {
    const { sdk, iam } = await this.#sdk();
    const command = new sdk.PutRolePermissionsBoundaryCommand({ RoleName: name, PermissionsBoundary: boundary });
    await this.#perform(`set boundary of role ${name}`, () => iam.send(command));
  }

  async removePolicy(role: string, policy: string): Promise<void> {
    const { sdk, iam } = await this.#sdk();
    const command = new sdk.DeleteRolePolicyCommand({ RoleName: role, PolicyName: policy });
    await this.#perform(`remove policy ${policy} of role ${role}`, () => iam.send(command).catch(unlessGone(sdk)));
  }

  async detachPolicy(role: string, arn: string): Promise<void> {
    const { sdk, iam } = await this.#sdk();
    const command = new sdk.DetachRolePolicyCommand({ RoleName: role, PolicyArn: arn });
    await this.#perform(`detach ${arn} from role ${role}`, () => iam.send(command).catch(unlessGone(sdk)));
  }

  async deleteRole(name: string): Promise<void> {
    const found = await this.role(name);
    if (found === undefined) return;
    const { sdk, iam } = await this.#sdk();
    // IAM deletes no role that has any.
    for (const policy of found.policies.keys()) await this.removePolicy(name, policy);
    for (const arn of found.attached) await this.detachPolicy(name, arn);
    const command = new sdk.DeleteRoleCommand({ RoleName: name });
    await this.#perform(`delete role ${name}`, () => iam.send(command).catch(unlessGone(sdk)));
  }

  async hasRules(): Promise<boolean> {
    return hasBucketRules((await this.#rules()).Rules ?? []);
  }

  async putRules(): Promise<void> {
    const { sdk, s3 } = await this.#sdk();
    const { bucket } = this.#options.place;
    await this.#options.effects.perform('s3: set lifecycle rules', async () => {
      // S3 replaces all rules at once: those of others, and what else the answer said, go back as they came.
      const { Rules = [], TransitionDefaultMinimumObjectSize } = await this.#rules();
      const LifecycleConfiguration = { Rules: withBucketRules(Rules) };
      await s3.send(
        new sdk.PutBucketLifecycleConfigurationCommand({
          Bucket: bucket,
          LifecycleConfiguration,
          ...(TransitionDefaultMinimumObjectSize === undefined ? {} : { TransitionDefaultMinimumObjectSize }),
        }),
      );
    });
  }

  async close(): Promise<void> {
    const loaded = await this.#loaded?.catch(() => undefined);
    loaded?.iam.destroy();
    loaded?.s3.destroy();
  }

  async #rules(): Promise<Pick<Sdk.GetBucketLifecycleConfigurationCommandOutput, 'Rules' | 'TransitionDefaultMinimumObjectSize'>> {
    const { sdk, s3 } = await this.#sdk();
    try {
      const { Rules, TransitionDefaultMinimumObjectSize } = await s3.send(
        new sdk.GetBucketLifecycleConfigurationCommand({ Bucket: this.#options.place.bucket }),
      );
      return { Rules, TransitionDefaultMinimumObjectSize };
    } catch (error) {
      if (error instanceof Error && error.name === 'NoSuchLifecycleConfiguration') return {};
      throw error;
    }
  }

  async #perform(what: string, call: () => Promise<unknown>): Promise<void> {
    await this.#options.effects.perform(`iam: ${what}`, call);
  }

  #sdk(): Promise<Loaded> {
    this.#loaded ??= this.#load();
    return this.#loaded;
  }

  async #load(): Promise<Loaded> {
    const { place, login } = this.#options;
    const sdk = await import('./iam-sdk.ts');
    const common = {
      region: place.region,
      credentials: { accessKeyId: login.accessKey, secretAccessKey: login.secretKey },
      maxAttempts: 2,
      requestHandler: REQUEST,
    };
    const iamEndpoint = place.tenantRoles?.iamEndpoint;
    return {
      sdk,
      iam: new sdk.IAMClient({ ...common, ...(iamEndpoint === undefined ? {} : { endpoint: iamEndpoint }) }),
      s3: new sdk.S3Client({ ...common, endpoint: place.endpoint, forcePathStyle: place.forcePathStyle }),
    };
  }
}

/** IAM answers with documents written as in a URL; others that speak its language give some of them as they are. */
function documentOf(text: string | undefined): object {
  if (text === undefined) return {};
  return JSON.parse(text.startsWith('%') ? decodeURIComponent(text) : text) as object;
}

function unlessGone(sdk: typeof Sdk): (error: unknown) => void {
  return (error) => {
    if (!(error instanceof sdk.NoSuchEntityException)) throw error;
  };
}
