import { KubeConfig } from '@kubernetes/client-node';
import { KubeCredentials } from './kube-credentials.ts';
import { KubeHttpApi } from './kube-http-api.ts';
import type { KubeTransportOptions } from './kube-transport.ts';

/** KubeApi by a kubeconfig: client-node reads it and authenticates. */
export class KubeClient extends KubeHttpApi {
  /** With the pod's service account: its token is read again as it is rotated. */
  static inCluster(options: KubeTransportOptions = {}): KubeClient {
    const config = new KubeConfig();
    config.loadFromCluster();
    return new KubeClient(config, options);
  }

  static fromKubeconfig(file: string, options: KubeTransportOptions = {}): KubeClient {
    const config = new KubeConfig();
    config.loadFromFile(file);
    return new KubeClient(config, options);
  }

  constructor(config: KubeConfig, options: KubeTransportOptions = {}) {
    super(new KubeCredentials(config), options);
  }
}
