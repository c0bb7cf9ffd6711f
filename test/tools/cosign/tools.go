//go:build tools

// Package tools pins the cosign whose signatures the interoperability tests read.
package tools

import _ "github.com/sigstore/cosign/v3/cmd/cosign/cli"
