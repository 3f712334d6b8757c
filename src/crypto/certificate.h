// X.509 certificates, as far as the server needs them for itself: one that it signs itself.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"

namespace allod::crypto {

struct SelfSigned {
  std::string certificate, key;  // PEM
};

// A certificate on a fresh P-256 key, valid from now for ten years, for the host names and addresses given (RFC 5280: as
// subjectAltName). It proves nothing to a client that was not given it before.
Result<SelfSigned> MakeSelfSigned(const std::vector<std::string>& hosts);

}  // namespace allod::crypto
