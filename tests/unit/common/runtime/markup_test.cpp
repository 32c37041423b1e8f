#include "common/runtime/markup.hpp"

#include <catch2/catch.hpp>

using namespace cumulet::text;

TEST_CASE("text becomes harmless between tags and in attributes") {
    REQUIRE(escape_markup("a<b>&\"c'") == "a&lt;b&gt;&amp;\"c'");
    REQUIRE(escape_attribute("a<b>&\"c'") == "a&lt;b&gt;&amp;&quot;c&#39;");
    REQUIRE(escape_attribute("&amp;") == "&amp;amp;");
    REQUIRE(escape_markup("").empty());
    REQUIRE(escape_xml("<\"a'\r\n\x01>") == "&lt;&quot;a&#39;&#xd;&#xa;&#x1;&gt;");
}
