// Rows and untyped values out of the store: read or refused with a CodecError; what was read is written and read alike.
#include <cstdint>
#include <cstdlib>

#include "../unit/common/store/sample_records.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace cumulet::store;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    try {
        to_json_untyped(bytes);
    } catch (const CodecError&) {
    }
    try {
        const auto row = decode_row<Person>(bytes);
        const auto written = encode_row(row);
        if (encode_row(decode_row<Person>(written)) != written) std::abort();
        keep_newer_fields(bytes, written);
    } catch (const CodecError&) {
    }
    return 0;
}
