#include "net/address.h"

#include <gtest/gtest.h>

namespace lares::net {
namespace {

AddressClass class_of(std::string_view text) {
    const auto address = Address::parse(text);
    if (!address) throw std::runtime_error("not an address: " + std::string(text));
    return classify(*address);
}

TEST(Address, ReadsOnlyTheUsualForms) {
    for (const auto* text :
         {"1.2.3.4", "255.255.255.255", "0.0.0.0", "::", "::1", "2a00:1450::200e", "::ffff:1.2.3.4"}) {
        const auto address = Address::parse(text);
        ASSERT_TRUE(address) << text;
        EXPECT_EQ(address->text(), text);
    }
    for (const auto* text : {"", "1", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1.2.3.256", "0x1.2.3.4", "1.2.3.4 ",
                             "1.2.3.4.", "::1%lo", "[::1]", ":::", "1::2::3", "g::1", "::1.2.3.04"}) {
        EXPECT_FALSE(Address::parse(text)) << text;
    }
}

TEST(Address, ClassesHaveTheirEdgesInTheRightPlace) {
    using enum AddressClass;
    const std::pair<const char*, AddressClass> cases[] = {
        {"0.255.255.255", unspecified},
        {"1.0.0.0", global},
        {"9.255.255.255", global},
        {"10.0.0.0", private_use},
        {"10.255.255.255", private_use},
        {"11.0.0.0", global},
        {"100.63.255.255", global},
        {"100.64.0.0", shared},
        {"100.127.255.255", shared},
        {"100.128.0.0", global},
        {"100.100.100.200", metadata},
        {"126.255.255.255", global},
        {"127.0.0.0", loopback},
        {"127.255.255.255", loopback},
        {"128.0.0.0", global},
        {"169.253.255.255", global},
        {"169.254.0.0", link_local},
        {"169.254.169.254", metadata},
        {"169.255.0.0", global},
        {"172.15.255.255", global},
        {"172.16.0.0", private_use},
        {"172.31.255.255", private_use},
        {"172.32.0.0", global},
        {"192.0.0.8", reserved},
        {"192.0.1.0", global},
        {"192.0.2.0", documentation},
        {"192.88.99.1", transition},
        {"192.167.255.255", global},
        {"192.168.0.0", private_use},
        {"192.169.0.0", global},
        {"198.17.255.255", global},
        {"198.18.0.0", documentation},
        {"198.19.255.255", documentation},
        {"198.20.0.0", global},
        {"203.0.113.255", documentation},
        {"223.255.255.255", global},
        {"224.0.0.0", multicast},
        {"240.0.0.0", reserved},
        {"255.255.255.255", reserved},
        {"168.63.129.16", metadata},
        {"::", unspecified},
        {"::1", loopback},
        {"::2", transition},
        {"::ffff:8.8.8.8", global},
        {"::ffff:10.0.0.1", private_use},
        {"::ffff:7f00:1", loopback},
        {"64:ff9b::8.8.8.8", global},
        {"64:ff9b::7f00:1", loopback},
        {"64:ff9b:1::8.8.8.8", private_use},
        {"64:ff9b::1:0:0", reserved},
        {"100::1", reserved},
        {"2001::1", transition},
        {"2001:1::1", reserved},
        {"2001:1ff:ffff::", reserved},
        {"2001:200::1", global},
        {"2001:db8::1", documentation},
        {"2001:4860:4860::8888", global},
        {"2002:808:808::1", transition},
        {"2003::1", global},
        {"3ffe::1", global},
        {"3fff::1", documentation},
        {"4000::1", reserved},
        {"1fff::1", reserved},
        {"fc00::1", private_use},
        {"fdff::1", private_use},
        {"fd00:ec2::254", metadata},
        {"fe80::1", link_local},
        {"febf::1", link_local},
        {"fec0::1", private_use},
        {"ff02::1", multicast},
        {"2a00::5efe:808:808", transition},
        {"2a00::200:5efe:a00:1", transition},
    };
    for (const auto& [text, kind] : cases) EXPECT_EQ(to_text(class_of(text)), to_text(kind)) << text;
}

TEST(Address, AZoneIsLocal) {
    auto address = Address::parse("2a00::1").value();
    EXPECT_EQ(classify(address), AddressClass::global);
    address.zone = 2;
    EXPECT_EQ(classify(address), AddressClass::link_local);
}

TEST(Network, HoldsWhatItsBitsSay) {
    const auto holds = [](std::string_view network, std::string_view address) {
        return Network::parse(network)->contains(*Address::parse(address));
    };
    EXPECT_TRUE(holds("10.0.0.0/8", "10.255.0.1"));
    EXPECT_FALSE(holds("10.0.0.0/8", "11.0.0.0"));
    EXPECT_TRUE(holds("192.168.1.128/25", "192.168.1.200"));
    EXPECT_FALSE(holds("192.168.1.128/25", "192.168.1.127"));
    EXPECT_TRUE(holds("10.0.0.0/8", "::ffff:10.1.1.1"));
    EXPECT_FALSE(holds("::/0", "10.1.1.1"));
    EXPECT_TRUE(holds("fd00::/9", "fd7f::1"));
    EXPECT_FALSE(holds("fd00::/9", "fd80::1"));
    for (const auto* text :
         {"10.0.0.0/", "10.0.0.0/33", "::/129", "10.0.0.0/-1", "10.0.0.0/8x", "/8", "x/8"}) {
        EXPECT_FALSE(Network::parse(text)) << text;
    }
}

}  // namespace
}  // namespace lares::net
