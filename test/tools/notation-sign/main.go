// Command notation-sign puts the Notary Project's own Go libraries behind a pipe: it reads one JSON request
// a line from standard input and writes one JSON answer a line. Operation "sign" makes an envelope with
// notation-core-go, operation "verify" judges one with notation-go.
//
// Build it with "go build -o PROGRAM ." in this folder. Beside it, make-fixtures.ts writes the envelopes
// that the unit tests read, and compare.ts lets notation-go and this project judge the same envelopes.
package main

import (
	"bufio"
	"context"
	"crypto"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/digitorus/timestamp"
	"github.com/notaryproject/notation-core-go/signature"
	_ "github.com/notaryproject/notation-core-go/signature/cose"
	_ "github.com/notaryproject/notation-core-go/signature/jws"
	"github.com/notaryproject/notation-go"
	"github.com/notaryproject/notation-go/verifier"
	"github.com/notaryproject/notation-go/verifier/trustpolicy"
	"github.com/notaryproject/notation-go/verifier/truststore"
	"github.com/notaryproject/tspclient-go"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

const payloadType = "application/vnd.cncf.notary.payload.v1+json"

type signer struct {
	Key   string `json:"key"`
	Chain string `json:"chain"`
}

type request struct {
	Op     string             `json:"op"`
	Format string             `json:"format"`
	Target ocispec.Descriptor `json:"target"`

	signer
	Scheme      string     `json:"scheme"`
	SigningTime time.Time  `json:"signingTime"`
	Expiry      *time.Time `json:"expiry"`
	TSA         *signer    `json:"tsa"`

	Envelope  []byte               `json:"envelope"`
	Reference string               `json:"reference"`
	Policy    trustpolicy.Document `json:"policy"`
	Stores    map[string]string    `json:"stores"`
}

type answer struct {
	Envelope []byte   `json:"envelope,omitempty"`
	Error    string   `json:"error,omitempty"`
	Logged   []string `json:"logged,omitempty"`
}

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 16<<20)
	out := json.NewEncoder(os.Stdout)
	for in.Scan() {
		if err := out.Encode(handle(in.Bytes())); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

func handle(line []byte) (result answer) {
	defer func() {
		if trouble := recover(); trouble != nil {
			result = answer{Error: fmt.Sprint("panic: ", trouble)}
		}
	}()
	var req request
	if err := json.Unmarshal(line, &req); err != nil {
		return answer{Error: "request: " + err.Error()}
	}
	switch req.Op {
	case "sign":
		envelope, err := sign(&req)
		if err != nil {
			return answer{Error: err.Error()}
		}
		return answer{Envelope: envelope}
	case "verify":
		logged, err := verify(&req)
		if err != nil {
			return answer{Error: err.Error()}
		}
		return answer{Logged: logged}
	default:
		return answer{Error: "unknown operation " + req.Op}
	}
}

func sign(req *request) ([]byte, error) {
	key, chain, err := load(req.signer)
	if err != nil {
		return nil, err
	}
	local, err := signature.NewLocalSigner(chain, key)
	if err != nil {
		return nil, err
	}
	payload, err := json.Marshal(map[string]any{"targetArtifact": req.Target})
	if err != nil {
		return nil, err
	}
	signRequest := &signature.SignRequest{
		Payload:       signature.Payload{ContentType: payloadType, Content: payload},
		Signer:        local,
		SigningTime:   req.SigningTime,
		SigningScheme: signature.SigningScheme(req.Scheme),
		SigningAgent:  "notation-sign/1",
	}
	if req.Expiry != nil {
		signRequest.Expiry = *req.Expiry
	}
	if req.TSA != nil {
		tsaKey, tsaChain, err := load(*req.TSA)
		if err != nil {
			return nil, err
		}
		signRequest.Timestamper = &authority{key: tsaKey, chain: tsaChain, time: req.SigningTime}
		signRequest.TSARootCAs = x509.NewCertPool()
		signRequest.TSARootCAs.AddCert(tsaChain[len(tsaChain)-1])
	}
	envelope, err := signature.NewEnvelope(req.Format)
	if err != nil {
		return nil, err
	}
	return envelope.Sign(signRequest)
}

func verify(req *request) ([]string, error) {
	judge, err := verifier.NewWithOptions(&req.Policy, stores(req.Stores), nil, verifier.VerifierOptions{})
	if err != nil {
		return nil, err
	}
	outcome, err := judge.Verify(context.Background(), req.Target, req.Envelope, notation.VerifierVerifyOptions{
		ArtifactReference:  req.Reference,
		SignatureMediaType: req.Format,
	})
	if err != nil {
		return nil, err
	}
	var logged []string
	for _, result := range outcome.VerificationResults {
		if result.Error != nil {
			logged = append(logged, string(result.Type)+": "+result.Error.Error())
		}
	}
	return logged, nil
}

// stores are trust stores in memory, PEM by "type:name".
type stores map[string]string

func (s stores) GetCertificates(_ context.Context, kind truststore.Type, name string) ([]*x509.Certificate, error) {
	text, found := s[string(kind)+":"+name]
	if !found {
		return nil, errors.New("no such trust store")
	}
	certificates, err := parseChain(text)
	if err != nil {
		return nil, err
	}
	return certificates, truststore.ValidateCertificates(certificates)
}

// authority is a timestamp authority in process.
type authority struct {
	key   crypto.Signer
	chain []*x509.Certificate
	time  time.Time
}

func (a *authority) Timestamp(_ context.Context, req *tspclient.Request) (*tspclient.Response, error) {
	encoded, err := req.MarshalBinary()
	if err != nil {
		return nil, err
	}
	parsed, err := timestamp.ParseRequest(encoded)
	if err != nil {
		return nil, err
	}
	stamp := timestamp.Timestamp{
		HashAlgorithm:     parsed.HashAlgorithm,
		HashedMessage:     parsed.HashedMessage,
		Time:              a.time,
		Accuracy:          time.Second,
		Policy:            []int{1, 2, 3, 4},
		Nonce:             parsed.Nonce,
		Certificates:      a.chain[1:],
		AddTSACertificate: true,
	}
	raw, err := stamp.CreateResponseWithOpts(a.chain[0], a.key, crypto.SHA256)
	if err != nil {
		return nil, err
	}
	var response tspclient.Response
	return &response, response.UnmarshalBinary(raw)
}

func load(s signer) (crypto.Signer, []*x509.Certificate, error) {
	block, _ := pem.Decode([]byte(s.Key))
	if block == nil {
		return nil, nil, errors.New("no private key")
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, nil, err
	}
	chain, err := parseChain(s.Chain)
	return key.(crypto.Signer), chain, err
}

func parseChain(text string) ([]*x509.Certificate, error) {
	var chain []*x509.Certificate
	for rest := []byte(strings.TrimSpace(text)); len(rest) > 0; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return nil, errors.New("malformed PEM")
		}
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		chain = append(chain, certificate)
	}
	return chain, nil
}
