// OpenSSL's digest interface (EVP), for SHA-256 alone.
#ifndef ENGRAM_CCRYPTO_H
#define ENGRAM_CCRYPTO_H
#include <openssl/evp.h>
#endif
