/**
 * The messages of ABCI 2.0 (CometBFT 0.38, spec/abci): the fields this machine reads or writes, under the numbers of the
 * specification. What is left out here (votes, misbehaviour, events) is passed over by the decoder.
 */
import protobuf from 'protobufjs'

const ABCI = `
syntax = "proto3";
message Time { int64 seconds = 1; int32 nanos = 2; }
message PublicKey { oneof sum { bytes ed25519 = 1; bytes secp256k1 = 2; } }
message ValidatorUpdate { PublicKey pub_key = 1; int64 power = 2; }
message Snapshot { uint64 height = 1; uint32 format = 2; uint32 chunks = 3; bytes hash = 4; bytes metadata = 5; }

message Request {
  oneof value {
    Echo echo = 1; Empty flush = 2; Info info = 3; InitChain init_chain = 5; Query query = 6; CheckTx check_tx = 8;
    Empty commit = 11; Empty list_snapshots = 12; OfferSnapshot offer_snapshot = 13; LoadChunk load_snapshot_chunk = 14;
    ApplyChunk apply_snapshot_chunk = 15; Prepare prepare_proposal = 16; Block process_proposal = 17;
    Empty extend_vote = 18; VerifyVote verify_vote_extension = 19; Block finalize_block = 20;
  }
}
message Empty {}
message Echo { string message = 1; }
message Info { string version = 1; string abci_version = 4; }
message InitChain {
  Time time = 1; string chain_id = 2; repeated ValidatorUpdate validators = 4; bytes app_state_bytes = 5;
  int64 initial_height = 6;
}
message Query { bytes data = 1; string path = 2; int64 height = 3; bool prove = 4; }
message CheckTx { bytes tx = 1; int32 type = 2; }
message OfferSnapshot { Snapshot snapshot = 1; bytes app_hash = 2; }
message LoadChunk { uint64 height = 1; uint32 format = 2; uint32 chunk = 3; }
message ApplyChunk { uint32 index = 1; bytes chunk = 2; string sender = 3; }
message Prepare { int64 max_tx_bytes = 1; repeated bytes txs = 2; int64 height = 5; Time time = 6; }
message Block { repeated bytes txs = 1; int64 height = 5; Time time = 6; }
message VerifyVote { int64 height = 3; bytes vote_extension = 4; }

message Response {
  oneof value {
    Exception exception = 1; Echo echo = 2; Empty flush = 3; InfoAnswer info = 4; InitChainAnswer init_chain = 6;
    QueryAnswer query = 7; TxAnswer check_tx = 9; CommitAnswer commit = 12; Snapshots list_snapshots = 13;
    Result offer_snapshot = 14; Chunk load_snapshot_chunk = 15; ApplyAnswer apply_snapshot_chunk = 16;
    Txs prepare_proposal = 17; Result process_proposal = 18; Empty extend_vote = 19; Result verify_vote_extension = 20;
    FinalizeAnswer finalize_block = 21;
  }
}
message Exception { string error = 1; }
message InfoAnswer {
  string data = 1; string version = 2; uint64 app_version = 3; int64 last_block_height = 4; bytes last_block_app_hash = 5;
}
message InitChainAnswer { repeated ValidatorUpdate validators = 2; bytes app_hash = 3; }
message QueryAnswer { uint32 code = 1; string log = 3; bytes value = 7; int64 height = 9; string codespace = 10; }
message TxAnswer { uint32 code = 1; string log = 3; string codespace = 8; }
message CommitAnswer { int64 retain_height = 3; }
message Snapshots { repeated Snapshot snapshots = 1; }
message Result { int32 result = 1; }
message Chunk { bytes chunk = 1; }
message ApplyAnswer { int32 result = 1; repeated uint32 refetch_chunks = 2; repeated string reject_senders = 3; }
message Txs { repeated bytes txs = 1; }
message FinalizeAnswer { repeated TxAnswer tx_results = 2; repeated ValidatorUpdate validator_updates = 3; bytes app_hash = 5; }
`

// Heights and powers stay far below 2^53: plain numbers, and the reader refuses what is larger.
protobuf.util.Long = undefined as never
protobuf.configure()
const { root } = protobuf.parse(ABCI, { keepCase: true })

/** Both directions of the socket, and what a test's other side needs. */
export const Request = root.lookupType('Request')
export const Response = root.lookupType('Response')
