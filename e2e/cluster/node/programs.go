package node

// A program is one of those that make a node.
type program struct {
	name string
	args []string
}

// programs are all of them, in the order in which they start.
func (n *Node) programs() []program {
	return []program{
		{"etcd", n.etcd()},
		{"kube-apiserver", n.apiserver()},
		{"containerd", []string{"--config=" + n.path("config/containerd.toml")}},
		{"kube-controller-manager", n.controllers()},
		{"kube-scheduler", n.scheduler()},
		{"kubelet", n.kubelet()},
		{"kube-proxy", []string{"--config=" + n.path("config/kube-proxy.yaml")}},
		{"coredns", []string{"-conf=" + n.path("config/Corefile")}},
	}
}

func (n *Node) etcd() []string {
	const clients, peers = "http://127.0.0.1:2379", "http://127.0.0.1:2380"
	return []string{
		"--data-dir=" + n.path("etcd"),
		"--listen-client-urls=" + clients, "--advertise-client-urls=" + clients,
		"--listen-peer-urls=" + peers, "--initial-advertise-peer-urls=" + peers, "--initial-cluster=default=" + peers,
		"--unsafe-no-fsync", // nothing here outlives the machine's next start
	}
}

func (n *Node) apiserver() []string {
	return []string{
		"--etcd-servers=http://127.0.0.1:2379",
		"--bind-address=0.0.0.0", "--advertise-address=" + hostIP, "--secure-port=" + apiPort,
		"--tls-cert-file=" + n.path("pki/apiserver.crt"), "--tls-private-key-file=" + n.path("pki/apiserver.key"),
		"--client-ca-file=" + n.path("pki/ca.crt"),
		"--authorization-mode=Node,RBAC", "--enable-admission-plugins=NodeRestriction",
		"--service-account-issuer=https://kubernetes.default.svc.cluster.local",
		"--service-account-key-file=" + n.path("pki/sa.key"), "--service-account-signing-key-file=" + n.path("pki/sa.key"),
		"--service-cluster-ip-range=" + serviceIPs,
		"--allow-privileged=true",
		"--kubelet-client-certificate=" + n.path("pki/admin.crt"), "--kubelet-client-key=" + n.path("pki/admin.key"),
		"--kubelet-preferred-address-types=InternalIP",
		"--requestheader-client-ca-file=" + n.path("pki/ca.crt"), "--requestheader-allowed-names=none",
		"--requestheader-username-headers=X-Remote-User", "--requestheader-group-headers=X-Remote-Group",
		"--requestheader-extra-headers-prefix=X-Remote-Extra-",
	}
}

func (n *Node) controllers() []string {
	return append(n.client("kube-controller-manager"),
		"--use-service-account-credentials",
		"--service-account-private-key-file="+n.path("pki/sa.key"), "--root-ca-file="+n.path("pki/ca.crt"),
		"--cluster-signing-cert-file="+n.path("pki/ca.crt"), "--cluster-signing-key-file="+n.path("pki/ca.key"),
		"--flex-volume-plugin-dir="+n.path("volumeplugins"))
}

func (n *Node) scheduler() []string { return n.client("kube-scheduler") }

// client are the options that the controllers and the scheduler share.
func (n *Node) client(name string) []string {
	config := n.path("pki", name+".kubeconfig")
	return []string{
		"--kubeconfig=" + config, "--authentication-kubeconfig=" + config, "--authorization-kubeconfig=" + config,
		"--bind-address=127.0.0.1", "--leader-elect=false",
	}
}

func (n *Node) kubelet() []string {
	return []string{
		"--config=" + n.path("config/kubelet.yaml"), "--kubeconfig=" + n.path("pki/kubelet.kubeconfig"),
		"--root-dir=" + kubeletDir, "--cert-dir=" + n.path("pki/kubelet"),
		"--hostname-override=" + Name, "--node-ip=" + hostIP,
	}
}
